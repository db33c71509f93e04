# One image, every role: ROLE says what a container is. Models are part of it; nothing is loaded at a call (DEP-07).
FROM python:3.13-slim-bookworm AS packages
WORKDIR /app
COPY requirements/base.txt requirements/base.txt
RUN python -m venv /app/.venv \
    && /app/.venv/bin/pip install --no-cache-dir --require-hashes -r requirements/base.txt

FROM python:3.13-slim-bookworm
RUN useradd --system --uid 10001 --create-home voiceapp \
    && mkdir -p /data && chown voiceapp /data
WORKDIR /app
COPY --from=packages /app/.venv /app/.venv
COPY . .
ENV PATH=/app/.venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=voiceapp.settings.prod \
    VOICE_HOST=0.0.0.0 \
    VOICE_DATA_DIR=/data \
    VOICE_STATIC_DIR=/app/static-collected
# Collecting needs settings, not secrets: these two live for this line only.
RUN VOICE_DATA_DIR=/app/build VOICE_SECRET_KEY=collecting VOICE_ENCRYPTION_KEYS=collecting VOICE_ALLOWED_HOSTS=localhost \
    python manage.py collectstatic --no-input --verbosity 0 && rm -rf /app/build
USER voiceapp
VOLUME /data
EXPOSE 8000
STOPSIGNAL SIGTERM
CMD ["python", "manage.py", "serve", "--port", "8000"]
