/** A reason not to go on, in a sentence for the person who can do something about it. */
export class SimulateError extends Error {
  override name = 'SimulateError';
  readonly exitCode: number;

  constructor(message: string, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}
