import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';

export const url = process.env['COLLOQUY_PUBLIC_URL'] ?? 'http://127.0.0.1:8010';
const { accountSid, authToken, apiKeySid, apiKeySecret } = JSON.parse(
  readFileSync(`${process.env['COLLOQUY_DATA_DIR'] ?? 'data'}/credentials.json`, 'utf8'),
);

/** An access token as your back end makes it, with nothing but Node. It lasts an hour. */
export async function accessToken(identity: string): Promise<string> {
  const authorization = `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString('base64')}`;
  const configuration = await fetch(`${url}/v1/Configuration`, { headers: { authorization } });
  const { default_chat_service_sid } = (await configuration.json()) as { default_chat_service_sid: string };
  const now = Math.floor(Date.now() / 1000);
  const header = { typ: 'JWT', alg: 'HS256', cty: 'twilio-fpa;v=1' };
  const grants = { identity, chat: { service_sid: default_chat_service_sid } };
  const claims = { jti: `${apiKeySid}-${now}`, iss: apiKeySid, sub: accountSid, iat: now, exp: now + 3600, grants };
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
  const signed = `${encode(header)}.${encode(claims)}`;
  return `${signed}.${createHmac('sha256', apiKeySecret).update(signed).digest('base64url')}`;
}
