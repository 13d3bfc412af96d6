import type { MediaResource, Sid } from '@colloquy/protocol';
import { type Bus, isWoken } from '../../bus/bus.ts';
import { parseProxyAddress } from '../../core/addresses.ts';
import type { Core } from '../../core/core.ts';
import type { Routing } from '../../core/inbound/actions.ts';
import {
  type ArrivalAnswer,
  addFault,
  arriveAtPhone,
  clearFaults,
  type NewFault,
  readOnPhone,
  sandboxNews,
  type WrittenText,
  writeOnPhone,
} from '../../core/sandbox/actions.ts';
import { type SandboxFault, type SandboxMessage, selectFaults, selectOfPhone } from '../../core/sandbox/store.ts';
import type { MediaLibrary } from '../../media/library.ts';
import type { Channel, Host } from '../channel.ts';
import { type Capabilities, type Part, type SendRequest, type SendResult, textOf } from '../message.ts';
import { Reporter } from './reporter.ts';

/**
 * Which own addresses, in canonical form, belong to the sandbox: every one that no other channel owns, none at
 * all (then there is no sandbox), or these.
 */
export type SandboxSetting = 'any' | 'off' | readonly string[];

export interface SandboxConfig {
  core: Core;
  bus: Bus;
  library: MediaLibrary;
  account: Sid<'AC'>;
  numbers: Exclude<SandboxSetting, 'off'>;
  /** How long a network takes to report "delivered", in milliseconds. */
  receiptDelay: number;
}

/** Virtual phones behind an ordinary channel: for trying things out without a carrier, and for tests. */
export class Sandbox implements Channel {
  readonly name = 'sandbox';
  readonly idempotency = { mode: 'provider' } as const;
  readonly capabilities: Capabilities;
  readonly #config: SandboxConfig;
  readonly #host: Host;
  readonly #reporter: Reporter;
  readonly #actor: { kind: 'system'; account: Sid<'AC'> };

  constructor(config: SandboxConfig, host: Host) {
    this.#config = config;
    this.#host = host;
    const { limits } = config.core;
    this.capabilities = {
      text: { most: limits.messageBodyBytes, unit: 'bytes' },
      media: {
        types: ['*/*'],
        maxBytes: limits.mediaBytes,
        perPiece: limits.mediaPerMessage,
        caption: limits.messageBodyBytes,
      },
      receipts: ['delivered', 'read', 'undelivered', 'failed'],
      rich: [],
      replies: false,
      reactions: 'none',
      window: null,
      groups: true,
      inbound: ['stream'],
    };
    this.#actor = { kind: 'system', account: config.account };
    this.#reporter = new Reporter(config, this.#actor, host);
  }

  owns(address: string): boolean {
    const { numbers } = this.#config;
    if (numbers !== 'any') return numbers.includes(address);
    const parsed = parseProxyAddress(address);
    return parsed.ok && (parsed.type === 'sms' || parsed.type === 'whatsapp');
  }

  start(): void {
    this.#reporter.start();
  }

  stop(): Promise<void> {
    return this.#reporter.stop();
  }

  /** Resolves when every report that is due was made. */
  idle(): Promise<void> {
    return this.#reporter.idle();
  }

  async send(request: SendRequest): Promise<SendResult> {
    const answer = await this.#config.core.run(arriveAtPhone, this.#actor, {
      phone: request.recipient,
      sender: request.sender,
      body: textOf(request.parts),
      media: request.parts.flatMap(mediaIn),
      deliveryId: request.deliveryId,
      receiptDelay: this.#config.receiptDelay,
    });
    return toResult(answer);
  }

  /** What a phone shows, oldest first. */
  messages(phone: string, after: number, limit: number): Promise<SandboxMessage[]> {
    return selectOfPhone(this.#config.core.db, phone, after, limit);
  }

  /** Resolves at the next news of any phone, at the latest at the given time or when the signal aborts. */
  news(latest: number, signal: AbortSignal): Promise<void> {
    const { bus } = this.#config;
    return new Promise((resolve) => {
      const end = () => {
        unsubscribe();
        callOff();
        signal.removeEventListener('abort', end);
        resolve();
      };
      const unsubscribe = bus.subscribe(({ woken }) => {
        if (isWoken(woken, sandboxNews)) end();
      });
      const callOff = this.#host.clock.at(latest, end);
      signal.addEventListener('abort', end);
      if (signal.aborted) end();
    });
  }

  /** The phone writes. Resolves when it is known where the message went. */
  async write(text: WrittenText): Promise<{ message: SandboxMessage; routing: Routing }> {
    const { core } = this.#config;
    const message = await core.run(writeOnPhone, this.#actor, text);
    const routing = await this.#reporter.take(message);
    return { message: { ...message, status: routing.outcome, next_status: null, next_at: null }, routing };
  }

  /** @returns how many messages are read now that were not before */
  async read(phone: string, upTo: number): Promise<number> {
    return (await this.#config.core.run(readOnPhone, this.#actor, { phone, upTo })).read;
  }

  faults(phone: string): Promise<SandboxFault[]> {
    return selectFaults(this.#config.core.db, phone);
  }

  addFault(fault: NewFault): Promise<SandboxFault[]> {
    return this.#config.core.run(addFault, this.#actor, fault);
  }

  async clearFaults(phone: string): Promise<void> {
    await this.#config.core.run(clearFaults, this.#actor, { phone });
  }
}

function mediaIn(part: Part): MediaResource[] {
  if (part.kind !== 'media') return [];
  const { sid, contentType, filename, size } = part;
  return [{ sid: sid as Sid<'ME'>, category: 'media', filename, contentType, size }];
}

function toResult(answer: ArrivalAnswer): SendResult {
  if (answer.accepted) {
    if (!answer.lost) return { outcome: 'accepted', providerId: answer.providerId, status: 'sent' };
    return { outcome: 'unknown', error: { code: 'answer-lost', message: 'A fault of the sandbox lost the answer.' } };
  }
  const { kind, delay_ms: delay, error_code: code } = answer.fault;
  const known = { code: code ? String(code) : kind, message: `A fault of the sandbox: ${kind}.` };
  const receipt = code ? { receiptCode: code } : {};
  switch (kind) {
    case 'throttle':
      return {
        outcome: 'rejected',
        error: { ...known, kind, scope: 'sender', ...(delay > 0 && { retryAfterMs: delay }) },
      };
    case 'temporary':
    case 'credentials':
      return { outcome: 'rejected', error: { ...known, ...receipt, kind } };
    default:
      return { outcome: 'rejected', error: { ...known, ...receipt, kind: 'permanent' } };
  }
}
