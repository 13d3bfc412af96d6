import { type ErrorCode, errors, fill } from '@colloquy/protocol';

type Holes = Record<string, string | number>;

/** The caller asked for something that cannot be. Safe to show; changes nothing. */
export class Refusal extends Error {
  readonly code: ErrorCode;
  readonly holes: Holes;

  constructor(code: ErrorCode, holes: Holes = {}) {
    super(fill(errors[code].message, holes));
    this.name = 'Refusal';
    this.code = code;
    this.holes = holes;
  }

  get status(): number {
    return errors[this.code].status;
  }

  /** What the caller can do about it. */
  get help(): string {
    return fill(errors[this.code].help, this.holes);
  }
}

/** `throw refuse(50304)` */
export function refuse(code: ErrorCode, holes: Holes = {}): Refusal {
  return new Refusal(code, holes);
}
