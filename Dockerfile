# One image for every process of the platform; docker-compose.yml says which one a container runs.
FROM python:3.11-slim-bookworm

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN useradd --create-home --uid 10001 parley && mkdir /state && chown parley /state
WORKDIR /parley
COPY requirements.txt requirements-vision.txt ./
# VISION=1: also the readers of text in pictures and of nudity.
ARG VISION=
RUN pip install --require-hashes --no-deps -r requirements${VISION:+-vision}.txt
COPY . .
USER parley
VOLUME /state
EXPOSE 8000
CMD ["python", "manage.py", "check"]
