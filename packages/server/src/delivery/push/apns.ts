import { createHash, X509Certificate } from 'node:crypto';
import { z } from 'zod';
import type { Scheduler } from '../../core/clock.ts';
import { jsonOf, notNow, outcomeOfFailure } from './failures.ts';
import { type Http2Answer, type Http2Client, Http2Failure } from './http2-client.ts';
import { apnsBody, keptFor } from './payload.ts';
import { type PushMessage, type PushOutcome, type PushSender, refused } from './sender.ts';

/** Apple, "Handling notification responses from APNs". The time is in milliseconds. */
const errorForm = z.object({ reason: z.string().max(100), timestamp: z.number().optional() });

/** Reasons of 400 that have to do with the certificate and not with what was sent. */
const notOurApp = new Set(['DeviceTokenNotForTopic', 'TopicDisallowed', 'MissingTopic', 'BadTopic']);

/** Sends through Apple's push service, with one certificate, over a connection of its own. */
export class ApnsSender implements PushSender {
  readonly #http: Http2Client;
  readonly #topic: string | undefined;
  readonly #clock: Scheduler;

  constructor(certificate: string, http: Http2Client, clock: Scheduler) {
    this.#topic = topicOf(certificate);
    this.#http = http;
    this.#clock = clock;
  }

  async send(push: PushMessage, signal: AbortSignal): Promise<PushOutcome> {
    const headers = {
      'apns-id': push.id,
      // A repetition takes the place of what it repeats.
      'apns-collapse-id': createHash('sha256').update(push.notice.id).digest('hex'),
      'apns-push-type': 'alert',
      'apns-priority': '10',
      'apns-expiration': String(Math.floor(this.#clock.now() / 1000) + keptFor),
      ...(this.#topic !== undefined && { 'apns-topic': this.#topic }),
      'content-type': 'application/json',
    };
    try {
      const path = `/3/device/${push.device}`;
      return this.#judge(await this.#http.post({ path, headers, body: apnsBody(push) }, signal));
    } catch (error) {
      if (error instanceof Http2Failure) return outcomeOfFailure(error);
      throw error;
    }
  }

  close(): void {
    this.#http.close();
  }

  #judge(answer: Http2Answer): PushOutcome {
    const { status } = answer;
    if (status === 200) return { outcome: 'sent' };
    const { reason: code = `HTTP ${status}`, timestamp } = errorForm.safeParse(jsonOf(answer)).data ?? {};
    // "Too many requests" is said of one device, not of all.
    if (status === 429 || status >= 500) return notNow(answer, this.#clock.now(), code, status !== 429);
    if (code === 'BadDeviceToken') return { outcome: 'gone', code };
    if (status === 410 && (code === 'Unregistered' || code === 'ExpiredToken')) {
      return { outcome: 'gone', code, since: timestamp };
    }
    const kind = status === 403 || notOurApp.has(code) ? 'credentials' : 'content';
    return refused(kind, code, `APNs answered ${status} ${code}.`);
  }
}

/** The bundle id of the app, which Apple writes into the certificate's subject as UID. */
function topicOf(certificate: string): string | undefined {
  const { subject } = new X509Certificate(certificate);
  return /^UID=(.+)$/m.exec(subject)?.[1];
}
