import type { ConnectResult } from '@colloquy/protocol';

/** What a message may have attached. */
export interface ConversationLimits {
  /** Files, the parts of an e-mail among them. */
  mediaAttachmentsCountLimit: number;
  /** Of one file. */
  mediaAttachmentSizeLimitInMb: number;
  mediaAttachmentsTotalSizeLimitInMb: number;
  emailHistoriesAllowedContentTypes: string[];
  emailBodiesAllowedContentTypes: string[];
}

const emailTypes = ['text/plain', 'text/html'];

/** @internal */
export function limitsOf({ mediaPerMessage, mediaBytes }: ConnectResult['limits']): ConversationLimits {
  const megabytes = mediaBytes / 1_048_576;
  return {
    mediaAttachmentsCountLimit: mediaPerMessage,
    mediaAttachmentSizeLimitInMb: megabytes,
    mediaAttachmentsTotalSizeLimitInMb: megabytes * mediaPerMessage,
    emailHistoriesAllowedContentTypes: emailTypes,
    emailBodiesAllowedContentTypes: emailTypes,
  };
}
