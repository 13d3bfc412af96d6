import { z } from 'zod';
import type { Scheduler } from '../../core/clock.ts';
import type { AccessTokens } from './access-tokens.ts';
import { jsonOf, notNow, outcomeOfFailure } from './failures.ts';
import { type Http2Answer, type Http2Client, Http2Failure } from './http2-client.ts';
import type { ServiceAccount } from './keys.ts';
import { fcmBody } from './payload.ts';
import { type PushMessage, type PushOutcome, type PushSender, refused } from './sender.ts';

/** Firebase, "FCM error codes": the code is in a detail of the error, and a field that is wrong in another one. */
const errorForm = z.object({
  error: z.object({
    status: z.string().max(100).optional(),
    message: z.string().optional(),
    details: z
      .array(
        z.object({
          errorCode: z.string().max(100).optional(),
          fieldViolations: z.array(z.object({ field: z.string().optional() })).optional(),
        }),
      )
      .optional(),
  }),
});

/** Sends through FCM HTTP v1, as one service account. */
export class FcmSender implements PushSender {
  readonly #path: string;
  readonly #http: Http2Client;
  readonly #tokens: AccessTokens;
  readonly #clock: Scheduler;

  constructor(account: ServiceAccount, http: Http2Client, tokens: AccessTokens, clock: Scheduler) {
    this.#path = `/v1/projects/${encodeURIComponent(account.projectId)}/messages:send`;
    this.#http = http;
    this.#tokens = tokens;
    this.#clock = clock;
  }

  async send(push: PushMessage, signal: AbortSignal): Promise<PushOutcome> {
    const token = await this.#tokens.get(signal);
    if (typeof token !== 'string') return token;
    const first = await this.#post(push, token, signal);
    if (first.answer?.status !== 401 || first.code === 'THIRD_PARTY_AUTH_ERROR') return first.outcome;
    // The token may have been withdrawn before its time.
    this.#tokens.forget(token);
    const renewed = await this.#tokens.get(signal);
    return typeof renewed === 'string' ? (await this.#post(push, renewed, signal)).outcome : renewed;
  }

  /** The connection is shared with other credentials. */
  close(): void {}

  async #post(push: PushMessage, token: string, signal: AbortSignal): Promise<Result> {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    try {
      const answer = await this.#http.post({ path: this.#path, headers, body: fcmBody(push) }, signal);
      return this.#judge(answer);
    } catch (error) {
      if (error instanceof Http2Failure) return { outcome: outcomeOfFailure(error) };
      throw error;
    }
  }

  #judge(answer: Http2Answer): Result {
    const { status } = answer;
    if (status === 200) return { answer, outcome: { outcome: 'sent' } };
    const { error } = errorForm.safeParse(jsonOf(answer)).data ?? {};
    const details = error?.details ?? [];
    const code = details.find((detail) => detail.errorCode)?.errorCode ?? error?.status ?? `HTTP ${status}`;
    const message = `FCM answered ${status} ${code}.`;
    if (status === 429 || status >= 500)
      return { answer, code, outcome: notNow(answer, this.#clock.now(), code, true) };
    if (code === 'UNREGISTERED') return { answer, code, outcome: { outcome: 'gone', code } };
    const fields = details.flatMap((detail) => detail.fieldViolations ?? []).map(({ field }) => field);
    if (status === 400 && fields.includes('message.token')) return { answer, code, outcome: { outcome: 'gone', code } };
    // 404 without that code is a project that is not there, or another server: no reason to forget a device.
    const kind = status === 400 ? 'content' : 'credentials';
    return { answer, code, outcome: refused(kind, code, message) };
  }
}

interface Result {
  answer?: Http2Answer;
  code?: string;
  outcome: PushOutcome;
}
