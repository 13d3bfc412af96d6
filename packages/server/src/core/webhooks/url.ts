/** What is stored with every pending request; longer URLs are somebody's mistake. */
export const longestUrl = 2048;

/** An absolute address that can be called. A fragment may say how: see `delivery/webhooks/overrides.ts`. */
export function isWebhookUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol } = new URL(text);
  return protocol === 'http:' || protocol === 'https:';
}
