/** Images that are built from Debian packages and npm's `node` package, to replace the images on Docker Hub. */

import { copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { buildImage, podman, run } from './containers.ts';

/** Image of a Debian system with the packages that `docs/relay.md` installs. */
export const DEBIAN = 'localhost/debian:13';

const PACKAGES = 'ca-certificates,caddy,nodejs,npm,openssl,postgresql,systemd';
/** This machine may reach the npm registry only through a proxy with its own certificate authority. */
const CERTIFICATES = '/etc/ssl/certs/ca-certificates.crt';

const DEBIAN_FILE = `FROM scratch
ADD root.tar /
COPY certificates.crt ${CERTIFICATES}
ENV NODE_EXTRA_CA_CERTS=${CERTIFICATES}
`;
const NODE_FILE = `FROM ${DEBIAN}
COPY node /usr/local/bin/node
COPY npm /usr/local/lib/node_modules/npm
RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm && useradd --uid 1000 --create-home node
`;
const CADDY_FILE = `FROM ${DEBIAN}
ENV XDG_CONFIG_HOME=/config XDG_DATA_HOME=/data
CMD ["caddy", "run", "--config", "/etc/caddy/Caddyfile", "--adapter", "caddyfile"]
`;
const POSTGRES_FILE = `FROM ${DEBIAN}
COPY postgres-entrypoint /usr/local/bin/
ENV PATH=/usr/lib/postgresql/17/bin:/usr/local/bin:/usr/sbin:/usr/bin
STOPSIGNAL SIGINT
ENTRYPOINT ["postgres-entrypoint"]
CMD ["postgres"]
`;

const require = createRequire(import.meta.url);

/** Builds the image of a Debian system unless a previous run has built it. */
async function makeDebian(folder: string): Promise<void> {
  if ((await podman('images', '--quiet', DEBIAN)) !== '') return;
  console.log('Installing Debian. This takes a few minutes.');
  await run('mmdebstrap', ['--variant=minbase', `--include=${PACKAGES}`, 'trixie', join(folder, 'root.tar')]);
  copyFileSync(CERTIFICATES, join(folder, 'certificates.crt'));
  writeFileSync(join(folder, 'Debian'), DEBIAN_FILE);
  await buildImage(DEBIAN, folder, join(folder, 'Debian'));
}

/** Returns the folder of the npm that runs this script. @throws {Error} if the folder is not known */
function npmFolder(): string {
  const { npm_execpath: path } = process.env;
  if (path === undefined || !existsSync(path)) throw new Error('Run this check with "npm run deploy:check".');
  return dirname(dirname(realpathSync(path)));
}

/** Builds the images that are named in the files in `deploy/`. */
export async function makeStandIns(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'deploy-check-'));
  try {
    await makeDebian(folder);
    mkdirSync(join(folder, 'images'));
    const images = join(folder, 'images');
    copyFileSync(join(dirname(require.resolve('node/package.json')), 'bin/node'), join(images, 'node'));
    cpSync(npmFolder(), join(images, 'npm'), { recursive: true });
    copyFileSync(fileURLToPath(new URL('postgres-entrypoint', import.meta.url)), join(images, 'postgres-entrypoint'));
    for (const [tag, text] of [
      ['docker.io/library/node:22-slim', NODE_FILE],
      ['docker.io/library/caddy:2', CADDY_FILE],
      ['docker.io/library/postgres:17', POSTGRES_FILE],
    ] as const) {
      writeFileSync(join(images, 'Dockerfile'), text);
      await buildImage(tag, images, join(images, 'Dockerfile'));
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}
