# syntax=docker/dockerfile:1
FROM rust:1.95-bookworm AS build
WORKDIR /src

# The dependencies in a layer of their own: it is built anew only when the manifest or the lock file changes.
COPY Cargo.toml Cargo.lock ./
RUN mkdir src \
    && echo 'fn main() {}' > src/main.rs \
    && touch src/lib.rs \
    && cargo build --locked --profile dist \
    && rm -r src

COPY ARCHITECTURE.md ./
COPY src ./src
# Newer than the empty sources above, or cargo would keep what it built of them.
RUN touch src/main.rs src/lib.rs && cargo build --locked --profile dist

FROM debian:bookworm-slim
# Certificates are for `sandbox` and `production`, which are asked over TLS.
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --no-create-home bridge \
    && install -d -o bridge -m 0700 /data
COPY --from=build /src/target/dist/jinko-bridge /usr/local/bin/jinko-bridge

ENV JINKO_BRIDGE_LISTEN=0.0.0.0:8787 \
    JINKO_BRIDGE_DATA_DIR=/data
USER bridge
VOLUME /data
EXPOSE 8787
HEALTHCHECK --interval=10s --timeout=5s --start-period=5s CMD ["jinko-bridge", "health"]
ENTRYPOINT ["jinko-bridge"]
