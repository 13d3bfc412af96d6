import { SignJWT } from 'jose';
import { z } from 'zod';
import type { Scheduler } from '../../core/clock.ts';
import { jsonOf, notNow, outcomeOfFailure } from './failures.ts';
import { type Http2Client, Http2Failure } from './http2-client.ts';
import type { ServiceAccount } from './keys.ts';
import { type PushOutcome, refused } from './sender.ts';

/** What it takes to send with FCM. */
const scope = 'https://www.googleapis.com/auth/firebase.messaging';
const grantType = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
/** In seconds; Google allows an hour. */
const assertionLifetime = 3600;
/** A token that ends sooner is replaced: it has to last until the request arrives. */
const margin = 60_000;

const answerForm = z.object({ access_token: z.string().min(1), expires_in: z.number().positive() });

interface Held {
  token: string;
  ends: number;
}

/**
 * The access tokens of one service account: a signed assertion is exchanged for one (RFC 7523, section 2.1), which is
 * used until shortly before it ends.
 */
export class AccessTokens {
  readonly #account: ServiceAccount;
  readonly #url: string;
  readonly #http: Http2Client;
  readonly #clock: Scheduler;
  #held: Held | undefined;
  #asked: Promise<string | PushOutcome> | undefined;

  /** @param url of the token endpoint, which is also whom the assertion is for */
  constructor(account: ServiceAccount, url: string, http: Http2Client, clock: Scheduler) {
    this.#account = account;
    this.#url = url;
    this.#http = http;
    this.#clock = clock;
  }

  /** All that ask at the same time share one request. @returns the token, or why there is none */
  get(signal: AbortSignal): Promise<string | PushOutcome> {
    if (this.#held && this.#held.ends - margin > this.#clock.now()) return Promise.resolve(this.#held.token);
    this.#asked ??= this.#ask(signal).finally(() => {
      this.#asked = undefined;
    });
    return this.#asked;
  }

  /** It was refused before its time. */
  forget(token: string): void {
    if (this.#held?.token === token) this.#held = undefined;
  }

  async #ask(signal: AbortSignal): Promise<string | PushOutcome> {
    try {
      const answer = await this.#http.post(
        {
          path: new URL(this.#url).pathname,
          headers: { 'content-type': 'application/x-www-form-urlencoded' },
          body: new URLSearchParams({ grant_type: grantType, assertion: await this.#assertion() }).toString(),
        },
        signal,
      );
      if (answer.status === 429 || answer.status >= 500) {
        return notNow(answer, this.#clock.now(), 'token-endpoint', true);
      }
      const body = jsonOf(answer);
      const granted = answerForm.safeParse(body);
      if (answer.status !== 200 || !granted.success) {
        const { error } = z.object({ error: z.string().max(100) }).safeParse(body).data ?? {};
        return refused('credentials', error ?? 'no-token', `The token endpoint answered ${answer.status}.`);
      }
      const { access_token: token, expires_in: seconds } = granted.data;
      this.#held = { token, ends: this.#clock.now() + seconds * 1000 };
      return token;
    } catch (error) {
      if (error instanceof Http2Failure) return outcomeOfFailure(error);
      throw error;
    }
  }

  #assertion(): Promise<string> {
    const { clientEmail, privateKey, privateKeyId } = this.#account;
    const now = Math.floor(this.#clock.now() / 1000);
    return new SignJWT({ scope })
      .setProtectedHeader({ alg: 'RS256', typ: 'JWT', ...(privateKeyId !== undefined && { kid: privateKeyId }) })
      .setIssuer(clientEmail)
      .setAudience(this.#url)
      .setIssuedAt(now)
      .setExpirationTime(now + assertionLifetime)
      .sign(privateKey);
  }
}
