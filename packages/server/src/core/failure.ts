import { OutcomeUnknown, StorageUnavailable } from '../storage/connection.ts';

/**
 * What a caller is told of an error that is no refusal: that nothing has happened and may go another time (20503), that
 * nobody can say whether it has (20504), or that the server has made a mistake (20500).
 */
export function failureCode(error: unknown): 20500 | 20503 | 20504 {
  if (error instanceof OutcomeUnknown) return 20504;
  return error instanceof StorageUnavailable ? 20503 : 20500;
}
