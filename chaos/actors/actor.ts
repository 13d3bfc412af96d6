/** Somebody who uses the server while it is being broken. */
export interface Actor {
  /** Until told to stop, and then to the end of what he has begun. @throws whatever no fault explains */
  act(stop: AbortSignal): Promise<void>;
}
