/** What Twilio refuses, as its API says it: `{code, message, more_info, status}` under an HTTP status. */

/** Code → HTTP status and message. Source: Twilio's Error and Warning Dictionary. */
const known: Readonly<Record<number, readonly [status: number, message: string]>> = {
  20001: [400, 'Unknown parameter value'],
  20003: [401, 'Authenticate'],
  20404: [404, 'The requested resource was not found'],
  20429: [429, 'Too Many Requests'],
  20500: [500, 'Internal Server Error'],
  20503: [503, 'Service unavailable'],
  21211: [400, "Invalid 'To' Phone Number"],
  21212: [400, "Invalid 'From' Phone Number"],
  21265: [400, "'To' number cannot be a Short Code"],
  21266: [400, "'To' and 'From' number cannot be the same"],
  21408: [400, 'Permission to send an SMS has not been enabled for the region'],
  21602: [400, 'Message body is required'],
  21603: [400, "A 'From' phone number is required"],
  21604: [400, "A 'To' phone number is required"],
  21606: [400, "The 'From' phone number provided is not a valid message-capable Twilio phone number"],
  21608: [400, 'The number is unverified. Trial accounts cannot send messages to unverified numbers'],
  21609: [400, "The 'StatusCallback' URL is not a valid URL"],
  21610: [400, 'Attempt to send to unsubscribed recipient'],
  21611: [429, "This 'From' number has exceeded the maximum number of queued messages"],
  21612: [400, "Message cannot be sent with the current combination of 'To' and/or 'From' parameters"],
  21614: [400, "'To' number is not a valid mobile number"],
  21617: [400, 'The concatenated message body exceeds the 1600 character limit'],
  21619: [400, 'A text message body or media urls must be specified'],
  21620: [400, 'Invalid media URL(s)'],
  21623: [400, 'Number of media files exceeds allowed limit'],
  21635: [400, "'To' number cannot be a landline"],
  21655: [400, 'The ContentSid is Invalid'],
  21656: [400, 'The ContentVariables Parameter is invalid'],
  21659: [400, "'From' is not a Twilio phone number or Short Code country mismatch"],
  21660: [400, "Mismatch between the 'From' number and the account"],
  21703: [400, 'The Messaging Service does not have a phone number available to send a message'],
  21705: [400, 'The Messaging Service Sid is invalid'],
  21910: [400, "Invalid 'From' and 'To' pair. 'From' and 'To' should be of the same channel"],
  63007: [400, "Twilio could not find a Channel with the specified 'From' address"],
};

export interface TwilioErrorBody {
  code: number;
  message: string;
  more_info: string;
  status: number;
}

/** Thrown by what refuses a request. */
export class TwilioRefusal extends Error {
  readonly code: number;
  readonly status: number;

  constructor(code: number, status?: number) {
    const [usual, message] = known[code] ?? [400, `Error ${code}`];
    super(message);
    this.code = code;
    this.status = status ?? usual;
  }

  body(): TwilioErrorBody {
    const { code, message, status } = this;
    return { code, message, more_info: `https://www.twilio.com/docs/errors/${code}`, status };
  }
}
