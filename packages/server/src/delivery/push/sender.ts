import type { PushNotice } from '../../core/push/compose.ts';

/** One notice to one device. */
export interface PushMessage {
  notice: PushNotice;
  /** The token that the push service gave the device. */
  device: string;
  /** UUID; the same over all attempts. */
  id: string;
  /** Conversations with something unread; null when it is not shown. */
  badge: number | null;
}

export interface PushError {
  /**
   * `credentials`: the push service does not let us in, or not to this app. `content`: it does not take what was sent.
   * `temporary`: it, or the way to it, is out of order. `throttle`: it asked to wait.
   */
  kind: 'credentials' | 'content' | 'temporary' | 'throttle';
  code: string;
  message: string;
}

export type PushOutcome =
  | { outcome: 'sent' }
  /** The device is no more. `since`, in milliseconds: it was no more at that time, and may be again. */
  | { outcome: 'gone'; since?: number | undefined; code: string }
  | {
      outcome: 'later';
      /** What the push service asked for, in milliseconds. */
      retryAfterMs?: number | undefined;
      /** Is it the same for all devices of this credential? */
      everybody: boolean;
      error: PushError;
    }
  | { outcome: 'refused'; error: PushError };

/** Sends through a push service, with one credential. */
export interface PushSender {
  /** Does not reject. */
  send(message: PushMessage, signal: AbortSignal): Promise<PushOutcome>;
  close(): void;
}

export function refused(kind: PushError['kind'], code: string, message: string): PushOutcome {
  return { outcome: 'refused', error: { kind, code, message } };
}

/** For a credential that nothing can be sent with. */
export class RefusingSender implements PushSender {
  readonly #outcome: PushOutcome;

  constructor(code: string, message: string) {
    this.#outcome = refused('credentials', code, message);
  }

  async send(): Promise<PushOutcome> {
    return this.#outcome;
  }

  close(): void {}
}
