/** What Telegram's refusals mean. It has no numbers for them but those of HTTP, so the words have to tell. */
import type { ProviderError, SendResult } from '../message.ts';
import type { BotAnswer } from './api.ts';

const nobody =
  /chat not found|user not found|PEER_ID_INVALID|group chat was deactivated|chat_id is empty|user is deactivated/i;
const content =
  /too long|is empty|REACTION_INVALID|BUTTON_|inline keyboard|too big|file must be non-empty|wrong (file|type|remote)|PHOTO_|can't parse|IMAGE_PROCESS_FAILED|message to react not found|wrong location/i;

/** Of an answer that is not ok. */
export function refusalOf(answer: BotAnswer): Exclude<SendResult, { outcome: 'accepted' }> {
  const { status, code, description, retryAfter } = answer;
  const described = { code: code === 0 ? `http-${status}` : String(code), message: description };
  // A gateway may have lost the answer of a request that was done.
  if (code === 0 && (status >= 500 || status < 400)) return { outcome: 'unknown', error: described };
  const kind = kindOf(code === 0 ? status : code, description);
  // It does not say whom it concerns. Others find out for themselves.
  const wait = kind === 'throttle' && retryAfter !== undefined && { retryAfterMs: retryAfter * 1000 };
  return { outcome: 'rejected', error: { kind, ...described, ...wait } };
}

function kindOf(code: number, description: string): ProviderError['kind'] {
  switch (code) {
    case 401:
    case 404:
      return 'credentials';
    case 403:
      return 'bad-recipient';
    case 413:
      return 'bad-content';
    case 429:
      return 'throttle';
    case 400:
      if (nobody.test(description)) return 'bad-recipient';
      return content.test(description) ? 'bad-content' : 'permanent';
    default:
      return code >= 500 ? 'temporary' : 'permanent';
  }
}
