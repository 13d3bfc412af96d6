/**
 * Why a request got no answer that can be used:
 *
 * - `blocked`: the address must not be called; nothing was sent
 * - `connection`: no connection, or it broke before the answer was whole
 * - `timeout`: no whole answer in time
 * - `tooLarge`: the answer's body is larger than was asked for
 * - `cancelled`: the caller's signal
 */
export type SendFailureKind = 'blocked' | 'connection' | 'timeout' | 'tooLarge' | 'cancelled';

/** The message is for operators: it never contains what the URL or the headers keep secret. */
export class SendFailure extends Error {
  readonly kind: SendFailureKind;

  constructor(kind: SendFailureKind, message: string, cause?: unknown) {
    super(message, cause === undefined ? {} : { cause });
    this.name = 'SendFailure';
    this.kind = kind;
  }
}
