# One image for web, worker, beat and the one-shot commands: they differ only in what they run (docker-compose.yml).

ARG PYTHON_IMAGE=python:3.13-slim-trixie

FROM ${PYTHON_IMAGE} AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /app
RUN python -m venv /venv
ENV PATH=/venv/bin:$PATH
# The requirements first: a change of code does not install them again.
COPY requirements/run.txt requirements/run.txt
RUN pip install --no-compile --require-hashes -r requirements/run.txt
COPY . .
# Settings of production, with keys that live as long as this line: the names of the files come out of it, no secret does.
RUN key="$(python -c 'import secrets; print(secrets.token_urlsafe(50))')" \
    && PRODUCTION=true SECRET_KEY="$key" ENCRYPTION_KEYS="$key" ALLOWED_HOSTS=build PUBLIC_URL=https://build DEFAULT_FROM_EMAIL=build@build.invalid \
       EMAIL_URL=smtp://build.invalid DATABASE_URL=postgres:///build REDIS_URL=redis://build.invalid \
       python manage.py collectstatic --no-input --verbosity 0 \
    && python -m compileall -q -j 0 /venv/lib /app

FROM ${PYTHON_IMAGE}
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PRODUCTION=true MEDIA_ROOT=/data/media
# The one family of fonts that texts in badge art are drawn with.
RUN apt-get update && apt-get install --yes --no-install-recommends fonts-dejavu-core && rm -rf /var/lib/apt/lists/*
RUN groupadd --system --gid 10001 laurel \
    && useradd --system --uid 10001 --gid laurel --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin laurel \
    && install -d -o laurel -g laurel /data /data/media
COPY --from=build /venv /venv
COPY --from=build /app /app
WORKDIR /app
# By number, so that an orchestrator can see that it is not root. The code belongs to root: the process cannot change it.
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=10s --start-period=20s --retries=3 CMD ["python", "deploy/healthcheck.py", "web"]
CMD ["gunicorn", "--config", "deploy/gunicorn.py"]
