/** An object that is not there, or not for whoever asks. */
export class Missing extends Error {}

/** The code is that of the contract's Sync; the client shows it with the status. */
export const missingBody = {
  status: 404,
  code: 54100,
  message: 'There is no such object.',
  more_info: 'https://www.twilio.com/docs/errors/54100',
};
