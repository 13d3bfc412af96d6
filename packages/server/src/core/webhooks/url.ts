/** What is stored with every pending request; longer URLs are somebody's mistake. */
export const longestUrl = 2048;

/** An absolute address that can be called. A fragment may say how: see `delivery/webhooks/overrides.ts`. */
export function isWebhookUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol } = new URL(text);
  return protocol === 'http:' || protocol === 'https:';
}

/**
 * A configured URL as its receiver can put it together again: without fragment, which is not sent, and without user
 * and password, which come in a header of their own. Otherwise it stays as it was written.
 */
export function visibleUrl(configured: string): string {
  const [address = ''] = configured.split('#', 1);
  const parts = /^([a-z]+:\/\/)(?:[^/?]*@)?([^/?]*)(.*)$/is.exec(address);
  if (!parts) return address;
  const [, scheme = '', host = '', rest = ''] = parts;
  return scheme + host + (rest.startsWith('/') ? rest : `/${rest}`);
}
