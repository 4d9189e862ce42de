# A hub as a container:
#
#   docker build --tag muse-coord .
#   docker run --publish 1337:1337 --volume hub:/data --volume ./tls:/tls:ro muse-coord
#
# It keeps everything in /data, and serves https with /tls/cert.pem and /tls/key.pem. Other words behind the image's name are
# the command that runs: `muse-coord hub serve --store=postgres://… --host=0.0.0.0 …`.
FROM node:22-slim AS package
WORKDIR /muse-coord
COPY . .
RUN mkdir /package && npm pack --silent --pack-destination /package

FROM node:22-slim
COPY --from=package /package /package
RUN npm install --global --no-audit --no-fund /package/*.tgz pg@8 \
 && npm cache clean --force \
 && rm -r /package \
 && install --directory --owner=node --group=node --mode=0700 /data
USER node
VOLUME /data
EXPOSE 1337
STOPSIGNAL SIGTERM
# Asked from inside, where the certificate has another name.
HEALTHCHECK --interval=10s --timeout=5s --start-period=10s \
  CMD ["node", "--no-warnings", "-e", "process.env.NODE_TLS_REJECT_UNAUTHORIZED = 0; const ask = (scheme) => fetch(`${scheme}://127.0.0.1:1337/readyz`).then(({ ok }) => ok); ask('http').catch(() => ask('https')).then((ok) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
CMD ["muse-coord", "hub", "serve", "--data=/data", "--host=0.0.0.0", "--port=1337", "--tls-cert=/tls/cert.pem", "--tls-key=/tls/key.pem", "--log=warn"]
