"""Tools and webhooks have one way out, which is guarded (reliability A11); import-linter holds it for packages."""

import ast
from pathlib import Path

from tests.arch.sources import modules, tree

EGRESS = Path("bots/engine/tools/egress")
PLACES = ("bots/engine/tools", "bots/hosting", "bots/actions", "bots/admin", "bots/api", "bots/jobs", "telephony")
OUT = {
    "urllib.request",
    "http.client",
    "ftplib",
    "smtplib",
    "telnetlib",
    "xmlrpc.client",
    "httpx",
    "httpx2",
    "websockets",
}


def imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def test_nothing_but_the_egress_client_opens_connections_for_tools_and_webhooks() -> None:
    looked_at = [
        path for path in modules("bots", "telephony") if str(path).startswith(PLACES) and EGRESS not in path.parents
    ]
    assert len(looked_at) > 50
    assert {str(path): out for path in looked_at if (out := imports(path) & OUT)} == {}


def test_the_egress_client_is_there() -> None:
    assert any("httpx" in imports(path) for path in modules("bots") if EGRESS in path.parents)
