import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/**
 * Did Meta, which knows the app's secret, send these bytes? They have to be as they came: Meta escapes `/` and all that
 * is not ASCII, so that JSON that was read and written again has another signature.
 *
 * @param header `X-Hub-Signature-256`: `sha256=` and 64 hexadecimal digits
 */
export function isSigned(body: Buffer, header: string | undefined, appSecret: string): boolean {
  const given = /^sha256=([0-9a-f]{64})$/i.exec(header ?? '')?.[1];
  const right = createHmac('sha256', appSecret).update(body).digest();
  return given !== undefined && timingSafeEqual(Buffer.from(given, 'hex'), right);
}

/** Takes as long for texts that differ early as for those that differ late, and does not tell their lengths. */
export function isSame(given: string, secret: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(secret));
}
