import { createHash, randomUUID } from 'node:crypto';
import type { Sid } from '@colloquy/protocol';
import type { Logger } from 'pino';
import type { Scheduler } from '../../core/clock.ts';
import type { Core } from '../../core/core.ts';
import type { Work } from '../../core/outbox/actions.ts';
import { composeNotice, type PushNotice } from '../../core/push/compose.ts';
import type { PushPayload } from '../../core/push/plan.ts';
import { countUnread, credentialsOf, nextRecipients, type Recipients } from '../../core/push/recipients.ts';
import { type AsideWork, type SettlePush, settlePush } from '../../core/push/settle.ts';
import type { PushBindingsTable } from '../../storage/schema/push.ts';
import type { Watch } from '../../telemetry/watch.ts';
import { backoff, maxAttempts } from '../backoff.ts';
import type { WorkHandler } from '../outbox.ts';
import { calledOff } from './http2-client.ts';
import type { PushError, PushOutcome } from './sender.ts';
import type { Senders } from './senders.ts';

/** A notice that comes later than this is about what everybody knows. */
export const keptTrying = 6 * 60 * 60 * 1000;

export interface PushesOptions {
  core: Core;
  clock: Scheduler;
  logger: Logger;
  account: Sid<'AC'>;
  senders: Senders;
  /** From 0 to 1; tests give their own. */
  random: () => number;
  watch?: Watch | undefined;
}

type Tried = { binding: PushBindingsTable; result: PushOutcome };
type Delayed = Tried & { result: Extract<PushOutcome, { outcome: 'later' }> };
type Refused = Tried & { result: Extract<PushOutcome, { outcome: 'refused' }> };

/** Notifies the devices of an event, a page of them at a time, and settles what comes of each page. */
export class Pushes implements WorkHandler {
  readonly #options: PushesOptions;
  /** Until when a push service wants to be left alone, by credential. */
  readonly #waits = new Map<string, number>();

  constructor(options: PushesOptions) {
    this.#options = options;
  }

  async handle(work: Work, signal: AbortSignal): Promise<void> {
    const payload = JSON.parse(work.payload) as PushPayload;
    const { core, clock, logger } = this.#options;
    if (clock.now() >= payload.since + keptTrying) {
      logger.info({ push: payload.id }, 'a notification is too late and is not sent any more');
      return this.#settle(work, payload, { bindings: [], next: undefined }, []);
    }
    const notice = await composeNotice(core, payload);
    const page = notice ? await nextRecipients(core.db, payload) : { bindings: [], next: undefined };
    const tried = notice ? await this.#send(notice, page.bindings, signal) : [];
    if (notice) this.#report(notice, payload, tried);
    await this.#settle(work, payload, page, tried);
  }

  /** Whoever had it may have sent it. A device that gets it again replaces what it has, or knows it by its id. */
  recover(work: Work, signal: AbortSignal): Promise<void> {
    return this.handle(work, signal);
  }

  async #send(notice: PushNotice, bindings: PushBindingsTable[], signal: AbortSignal): Promise<Tried[]> {
    const { core, clock, senders, watch } = this.#options;
    const credentials = await credentialsOf(core.db, bindings);
    const shown = notice.badge ? bindings.filter((binding) => binding.binding_type === 'apn') : [];
    const unread = await countUnread(
      core.db,
      shown.map((binding) => binding.user_sid),
    );
    const sendTo = async (binding: PushBindingsTable): Promise<Tried[]> => {
      const credential = credentials.get(binding.credential_sid);
      // It was deleted this moment, and its devices with it.
      if (!credential) return [];
      const until = this.#waits.get(credential.sid) ?? 0;
      if (until > clock.now()) return [{ binding, result: asked(until - clock.now()) }];
      const badge = shown.includes(binding) ? (unread.get(binding.user_sid) ?? 0) : null;
      const id = idOf(notice.id, binding.sid);
      const send = () => senders.of(credential).send({ notice, device: binding.endpoint, id, badge }, signal);
      const attempt = { kind: 'push', to: credential.type } as const;
      const result = watch ? await watch.attempt(attempt, send, ({ outcome }) => outcome) : await send();
      return [{ binding, result }];
    };
    return (await Promise.all(bindings.map(sendTo))).flat();
  }

  async #settle(work: Work, payload: PushPayload, { next }: Recipients, tried: Tried[]): Promise<void> {
    const { core, clock, account } = this.#options;
    const gone: SettlePush['gone'] = [];
    const later: Delayed[] = [];
    const anew: Delayed[] = [];
    const failed: Refused[] = [];
    for (const { binding, result } of tried) {
      if (result.outcome === 'gone') gone.push({ binding: binding.sid, before: result.since ?? binding.date_updated });
      else if (result.outcome === 'later') (result.error.code === calledOff ? anew : later).push({ binding, result });
      else if (result.outcome === 'refused') failed.push({ binding, result });
    }
    const attempt = payload.targets ? work.attempt : 1;
    const aside: AsideWork[] = [];
    const put = (all: readonly Tried[], error: PushError, notBefore: number | null, made = attempt) => {
      const targets = all.map(({ binding }) => binding.sid);
      const id = `${payload.id}:${randomUUID()}`;
      const { after: _done, ...event } = payload;
      aside.push({ id, payload: { ...event, targets }, attempt: made, notBefore, error: JSON.stringify(error) });
    };
    // That was no attempt: it is made when somebody can.
    for (const group of byCredential(anew)) put(group, group[0].result.error, clock.now(), attempt - 1);
    for (const group of byCredential(later)) {
      const notBefore = this.#nextAttempt(group, attempt);
      put(group, group[0].result.error, attempt >= maxAttempts ? null : notBefore);
    }
    for (const group of byCredential(failed)) put(group, group[0].result.error, null);
    const { id, lane, lease } = work;
    await core.run(settlePush, { kind: 'system', account }, { id, lane, lease, next, gone, aside });
  }

  /** For all devices of a credential together. @returns milliseconds since 1970 */
  #nextAttempt(group: readonly Delayed[], attempt: number): number {
    const { clock, random } = this.#options;
    const now = clock.now();
    const waits = group.map(({ result }) => result.retryAfterMs ?? 0);
    const wait = Math.max(backoff(attempt, random()), ...waits);
    const asksAll = group.filter(({ result }) => result.everybody).map(({ result }) => result.retryAfterMs ?? 0);
    const [first] = group;
    if (first && asksAll.length > 0) this.#waits.set(first.binding.credential_sid, now + Math.max(...asksAll));
    return now + wait;
  }

  /** Device tokens are as good as addresses of people, so they are not logged. */
  #report(notice: PushNotice, payload: PushPayload, tried: Tried[]): void {
    const { logger } = this.#options;
    const { id: push, kind } = notice;
    const { service } = payload;
    const counts = { sent: 0, gone: 0, later: 0, refused: 0 };
    for (const { result } of tried) counts[result.outcome] += 1;
    logger[notice.logged ? 'info' : 'debug']({ push, kind, service, ...counts }, 'devices were notified');
    const [first] = byCredential(tried.filter((one): one is Refused => one.result.outcome === 'refused'));
    if (!first) return;
    const credential = first[0].binding.credential_sid;
    logger.error({ push, credential, error: first[0].result.error }, 'a push service refuses what is sent to it');
  }
}

function asked(retryAfterMs: number): PushOutcome {
  const error: PushError = { kind: 'throttle', code: 'waiting', message: 'The push service asked to wait.' };
  return { outcome: 'later', everybody: false, retryAfterMs, error };
}

/** Not empty, each. */
function byCredential<T extends Tried>(tried: readonly T[]): [T, ...T[]][] {
  const groups = new Map<string, [T, ...T[]]>();
  for (const one of tried) {
    const group = groups.get(one.binding.credential_sid);
    if (group) group.push(one);
    else groups.set(one.binding.credential_sid, [one]);
  }
  return [...groups.values()];
}

/** A UUID (RFC 9562, version 8) that is the same for the same event and device. */
function idOf(event: string, binding: string): string {
  const bytes = createHash('sha256').update(`${event} ${binding}`).digest().subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
