# SPDX-License-Identifier: Apache-2.0
# The image of testbay, in stages: `build` has the compiler, `sim` only what the program needs.
#   docker build -t testbay .
#   docker run --rm -p 127.0.0.1:20000-20031:20000-20031 testbay
# Without a command it serves a small workshop; any other command is one of testbay's:
#   docker run --rm testbay run scenarios/gateway

FROM debian:bookworm-slim AS build
RUN apt-get update -qq \
    && apt-get install -qq -y --no-install-recommends make git ca-certificates >/dev/null \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src
# The packages change less often than the sources: a layer of their own.
COPY tools/install tools/packages tools/
RUN tools/install build && rm -rf /var/lib/apt/lists/*
COPY . .
RUN make build && cmake --install build/release --prefix /opt/testbay --strip >/dev/null

FROM debian:bookworm-slim AS sim
RUN apt-get update -qq \
    && apt-get install -qq -y --no-install-recommends libcurl4 libev4 libjansson4 libmodbus5 \
        libnftables1 libssl3 libwebsockets17 libwebsockets-evlib-ev libyaml-0-2 >/dev/null \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /var/lib/testbay --create-home testbay \
    && install -d -o testbay -m 0700 /run/testbay /var/lib/testbay/reports
COPY --from=build /opt/testbay /usr/local
USER testbay
WORKDIR /usr/local/share/testbay
ENV TESTBAY_CONTROL=/run/testbay/control
EXPOSE 20000-20031
HEALTHCHECK --interval=2s --timeout=5s --start-period=20s CMD ["testbay", "health", "--quiet"]
ENTRYPOINT ["testbay"]
CMD ["serve", "--listen", "ports", "--address", "0.0.0.0"]
