import { readFileSync } from 'node:fs';

/** From here as a source and as built code alike. */
const manifest = new URL('../../package.json', import.meta.url);

/** The version of this server. */
export function serverVersion(): string {
  return (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version;
}
