import { isIP } from 'node:net';
import { z } from 'zod';

/** A host and a port. */
export const listenAddress = z.string().transform((raw, context) => {
  const [, host = '', port = ''] = /^(.+):([0-9]{1,5})$/.exec(raw.trim()) ?? [];
  const bare = host.replace(/^\[(.+)\]$/, '$1');
  const isHost = host === bare ? isIP(host) === 4 || isHostName(host) : isIP(bare) === 6;
  if (isHost && Number(port) <= 65_535) return { host: bare, port: Number(port) };
  context.addIssue({ code: 'custom', message: 'not an address to listen on' });
  return z.NEVER;
});

/** RFC 1123, section 2.1. A last label of digits alone would be read as an IPv4 address. */
export function isHostName(text: string): boolean {
  const labels = text.split('.');
  return (
    text.length <= 253 &&
    labels.every((label) => /^(?!-)[a-zA-Z0-9-]{1,63}(?<!-)$/.test(label)) &&
    !/^[0-9]+$/.test(labels.at(-1) ?? '')
  );
}

export function toPublicUrl(raw: string, context: z.RefinementCtx): string {
  const url = URL.canParse(raw) ? new URL(raw) : undefined;
  const plain = url && !url.username && !url.password && !url.search && !url.hash;
  if (plain && (url.protocol === 'http:' || url.protocol === 'https:')) return url.href.replace(/\/+$/, '');
  context.addIssue({ code: 'custom', message: 'not a public URL' });
  return z.NEVER;
}

/** As OpenTelemetry makes it of the address of a collector. */
export function toTracesUrl(raw: string, context: z.RefinementCtx): string {
  const url = toPublicUrl(raw, context);
  return URL.canParse(url) && new URL(url).pathname === '/' ? `${url}/v1/traces` : url;
}

export function isPostgresUrl(text: string): boolean {
  return URL.canParse(text) && ['postgres:', 'postgresql:'].includes(new URL(text).protocol);
}

export function isNatsUrl(text: string): boolean {
  return URL.canParse(text) && ['nats:', 'tls:'].includes(new URL(text).protocol);
}
