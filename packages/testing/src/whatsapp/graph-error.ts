/** An error as the Graph API answers it, and as it stands in statuses. */
export class GraphError extends Error {
  readonly code: number;
  readonly subcode: number | undefined;
  readonly details: string;
  readonly status: number;

  constructor(code: number, details = '', subcode?: number) {
    super(`(#${code}) ${titles[code] ?? 'Something went wrong'}`);
    this.code = code;
    this.details = details;
    this.subcode = subcode;
    this.status = statuses[code] ?? (code >= 200 && code < 300 ? 403 : 400);
  }

  body(): unknown {
    const { code, message, details, subcode } = this;
    const type = code === 190 ? 'OAuthException' : 'GraphMethodException';
    const data = details === '' ? {} : { error_data: { messaging_product: 'whatsapp', details } };
    const sub = subcode === undefined ? {} : { error_subcode: subcode };
    return { error: { message, type, code, ...sub, ...data, fbtrace_id: 'AbCdEfGhIjKlMnOpQrStUv' } };
  }

  inStatus(): unknown {
    const title = titles[this.code] ?? 'Something went wrong';
    const href = 'https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/';
    const details = this.details === '' ? title : this.details;
    return { code: this.code, title, message: title, error_data: { details }, href };
  }
}

const statuses: Readonly<Record<number, number>> = {
  1: 500,
  2: 503,
  10: 403,
  190: 401,
  368: 403,
  80007: 429,
  130429: 429,
  131000: 500,
  131005: 403,
  131016: 503,
  131031: 403,
  131057: 503,
};

const titles: Readonly<Record<number, string>> = {
  2: 'Service temporarily unavailable',
  10: 'Application does not have permission for this action',
  33: 'Parameter value is not valid',
  100: 'Invalid parameter',
  190: 'Access token has expired',
  368: 'Temporarily blocked for policies violations',
  130429: 'Rate limit hit',
  130472: "User's number is part of an experiment",
  131000: 'Something went wrong',
  131008: 'Required parameter is missing',
  131009: 'Parameter value is not valid',
  131016: 'Service unavailable',
  131021: 'Recipient cannot be sender',
  131026: 'Message undeliverable',
  131031: 'Business Account locked',
  131042: 'Business eligibility payment issue',
  131047: 'Re-engagement message',
  131048: 'Spam rate limit hit',
  131049: 'Meta chose not to deliver',
  131050: 'User has stopped marketing messages',
  131051: 'Unsupported message type',
  131053: 'Media upload error',
  131056: '(Business Account, Consumer Account) pair rate limit hit',
  132000: 'Number of parameters does not match the expected number of params',
  132001: 'Template name does not exist in the translation',
  132012: 'Parameter format does not match format in the created template',
  132015: 'Template is paused',
  133010: 'The account is not registered',
};
