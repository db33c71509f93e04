"""The 16 documented vendors of chat completions; another one is a row here (services 1, 13.2, LLM-19).

Only OpenAI, and who forwards to it, is told developer messages; for all others they become the user's (CTX-13).
"""

from __future__ import annotations

from collections.abc import Mapping

from bots.engine.providers.openai.preset import OPENAI, SAMPLERS, ChatPreset

_CLASSIC = frozenset({"frequency_penalty", "presence_penalty", "temperature", "top_p", "max_tokens"})
_SEEDED = _CLASSIC | {"seed"}

_ROWS = (
    OPENAI,
    ChatPreset(
        key="azure", class_name="AzureLLMService", label="Azure OpenAI", default_model="", auth="api-key",
        env_var="AZURE_CHATGPT_API_KEY", developer_role=True,
    ),
    ChatPreset(
        key="cerebras", class_name="CerebrasLLMService", label="Cerebras", default_model="llama-3.3-70b",
        base_url="https://api.cerebras.ai/v1", env_var="CEREBRAS_API_KEY",
        allowed=frozenset({"seed", "temperature", "top_p", "max_completion_tokens"}), highest_temperature=1.5,
    ),
    ChatPreset(
        key="deepseek", class_name="DeepSeekLLMService", label="DeepSeek", default_model="deepseek-chat",
        base_url="https://api.deepseek.com/v1", env_var="DEEPSEEK_API_KEY", allowed=_CLASSIC,
    ),
    ChatPreset(
        key="fireworks", class_name="FireworksLLMService", label="Fireworks AI",
        default_model="accounts/fireworks/models/firefunction-v2",
        base_url="https://api.fireworks.ai/inference/v1", env_var="FIREWORKS_API_KEY", allowed=_CLASSIC,
    ),
    ChatPreset(
        key="vertex", class_name="GoogleVertexLLMService", label="Google Vertex AI",
        default_model="google/gemini-2.0-flash-001", auth="google-token", env_var="GOOGLE_APPLICATION_CREDENTIALS",
        allowed=_SEEDED,
    ),
    ChatPreset(
        key="grok", class_name="GrokLLMService", label="Grok (xAI)", default_model="grok-3-beta",
        base_url="https://api.x.ai/v1", env_var="GROK_API_KEY", usage_mode="cumulative",
    ),
    ChatPreset(
        key="groq", class_name="GroqLLMService", label="Groq", default_model="llama-3.3-70b-versatile",
        base_url="https://api.groq.com/openai/v1", env_var="GROQ_API_KEY", allowed=SAMPLERS | {"service_tier"},
    ),
    ChatPreset(
        key="nim", class_name="NimLLMService", label="NVIDIA NIM",
        default_model="nvidia/llama-3.1-nemotron-70b-instruct",
        base_url="https://integrate.api.nvidia.com/v1", env_var="NVIDIA_API_KEY", usage_mode="incremental",
        allowed=_SEEDED, highest_temperature=1.0,
    ),
    ChatPreset(
        key="ollama", class_name="OLLamaLLMService", label="Ollama (local)", default_model="llama3.1",
        base_url="http://localhost:11434/v1", auth="none", allowed=_SEEDED,
    ),
    ChatPreset(
        key="openpipe", class_name="OpenPipeLLMService", label="OpenPipe", default_model="gpt-4o",
        base_url="https://api.openai.com/v1", env_var="OPENAI_API_KEY", developer_role=True,
    ),
    ChatPreset(
        key="openrouter", class_name="OpenRouterLLMService", label="OpenRouter",
        default_model="openai/gpt-4o-2024-11-20",
        base_url="https://openrouter.ai/api/v1", env_var="OPENROUTER_API_KEY",
    ),
    ChatPreset(
        key="perplexity", class_name="PerplexityLLMService", label="Perplexity", default_model="sonar-pro",
        base_url="https://api.perplexity.ai", env_var="PERPLEXITY_API_KEY", usage_mode="cumulative", allowed=_CLASSIC,
        stream_usage=False, tools=False, vision=False, alternates=True,
    ),
    ChatPreset(
        key="qwen", class_name="QwenLLMService", label="Qwen", default_model="qwen2.5-72b-instruct",
        base_url="https://dashscope-intl.aliyuncs.com/compatible-mode/v1", env_var="QWEN_API_KEY",
        allowed=_SEEDED - {"frequency_penalty"},
    ),
    ChatPreset(
        key="sambanova", class_name="SambaNovaLLMService", label="SambaNova",
        default_model="Llama-4-Maverick-17B-128E-Instruct",
        base_url="https://api.sambanova.ai/v1", env_var="SAMBANOVA_API_KEY",
        allowed=frozenset({"max_tokens", "temperature", "top_p"}), index_missing=True, highest_temperature=1.0,
    ),
    ChatPreset(
        key="together", class_name="TogetherLLMService", label="Together AI",
        default_model="meta-llama/Meta-Llama-3.1-70B-Instruct-Turbo",
        base_url="https://api.together.xyz/v1", env_var="TOGETHER_API_KEY", allowed=_SEEDED,
    ),
)  # fmt: skip

PRESETS: Mapping[str, ChatPreset] = {row.key: row for row in _ROWS}
