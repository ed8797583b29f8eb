# Handmade in a container: a Hugging Face Space of the kind "Docker", or any machine with Docker.
#
#   docker build -t handmade .                              (with an NVIDIA card: --build-arg TORCH=cuda)
#   docker run -p 127.0.0.1:7860:7860 -v handmade:/home/user/Handmade handmade
#
# Whoever can reach the address can open every project in it. Keep a Space private, and a container on 127.0.0.1 as above.

FROM python:3.11-slim-bookworm

# Spaces run as this person.
RUN useradd --create-home --uid 1000 user
WORKDIR /app

# The packages first: they change rarely, and this step takes minutes.
COPY start.py requirements.txt ./
COPY lib/__init__.py lib/errors.py lib/
COPY lib/media/__init__.py lib/media/files.py lib/media/locks.py lib/media/
ARG TORCH=cpu
RUN python3 start.py setup --torch $TORCH && rm -rf /root/.cache

# The program belongs to root, so that nothing in it can be changed by what runs. Projects belong to the person.
COPY . .
RUN install -d -o user /home/user/Handmade
USER user

# Answers to every name (lib/ui/http/host_guard.py), since the address of a Space is not known beforehand.
ENV HANDMADE_HOME=/home/user/Handmade HANDMADE_HOSTS=* PYTHONDONTWRITEBYTECODE=1
EXPOSE 7860
CMD [".venv/bin/python", "serve.py", "--server.address", "0.0.0.0", "--server.port", "7860", "--server.xsrfCookieSameSite", "none"]
