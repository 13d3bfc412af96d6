/** A channel alone, and webhooks as Meta writes them, for tests. */
import { createHmac } from 'node:crypto';
import { ManualClock } from '@colloquy/testing';
import type { WebhookReply, WebhookRequest } from '../channel.ts';
import { openSenderHost, type TestSenderHost } from '../test-sender-host.ts';
import { WhatsAppChannel } from './channel.ts';
import { type WhatsAppConfig, whatsAppConfig } from './config.ts';

const appSecret = 'the secret of the app';
const metadata = { display_phone_number: '15550783881', phone_number_id: '106540352242922' };

export function testConfig(more: Partial<WhatsAppConfig> = {}): WhatsAppConfig {
  return whatsAppConfig.parse({
    phoneNumberId: metadata.phone_number_id,
    businessAccountId: '102290129340398',
    accessToken: 'simulated-token',
    appSecret,
    verifyToken: 'verify me',
    ...more,
  });
}

/** `X-Hub-Signature-256`. */
export function signed(body: Buffer, secret = appSecret): string {
  return `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
}

/** A `value` about the number of the channel. */
export function about(more: object) {
  return { messaging_product: 'whatsapp', metadata, ...more };
}

export function bodyOf(...values: object[]) {
  const changes = values.map((value) => ({ field: 'messages', value }));
  return { object: 'whatsapp_business_account', entry: [{ id: '1', changes }] };
}

export function text(id: string, body: string, more: object = {}) {
  return { from: '12025550123', id, timestamp: '1893456000', type: 'text', text: { body }, ...more };
}

export interface WebhookWorld {
  host: TestSenderHost;
  channel: WhatsAppChannel;
  get(query: Record<string, string>): Promise<WebhookReply>;
  /** @param headers by default the right signature */
  post(body: unknown, headers?: Record<string, string>): Promise<WebhookReply>;
}

export function openWebhookWorld(): WebhookWorld {
  const host = openSenderHost({ clock: new ManualClock(Date.UTC(2030, 0, 1)), addresses: ['whatsapp:+15550783881'] });
  const channel = new WhatsAppChannel(testConfig(), host, 'whatsapp');
  const request: WebhookRequest = {
    method: 'POST',
    url: 'https://chat.example.com/v1/x/senders/XE1/webhook',
    query: new URLSearchParams(),
    headers: {},
    body: Buffer.alloc(0),
  };
  return {
    host,
    channel,
    get: (query) => channel.webhook({ ...request, method: 'GET', query: new URLSearchParams(query) }),
    post: (body, headers) => {
      const bytes = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
      const signature = headers ?? { 'x-hub-signature-256': signed(bytes) };
      return channel.webhook({ ...request, headers: signature, body: bytes });
    },
  };
}
