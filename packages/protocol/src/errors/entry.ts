/** What is told about one code. Messages and helps may have `{holes}` that are filled when the error is thrown. */
export interface ErrorEntry {
  status: number;
  /** For programs and people. */
  message: string;
  /** For people: what to do about it. */
  help: string;
}
