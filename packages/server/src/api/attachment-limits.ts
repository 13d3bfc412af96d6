import type { AttachmentLimits, Limits } from '@colloquy/protocol';

/** What the parts of an e-mail may be. */
const emailTypes = ['text/plain', 'text/html'];

/** What clients check before they send, as they are told of it when they start. */
export function attachmentLimits({ mediaPerMessage, mediaBytes }: Limits): AttachmentLimits {
  const megabytes = mediaBytes / 1_048_576;
  return {
    mediaAttachmentsCountLimit: mediaPerMessage,
    mediaAttachmentSizeLimitInMb: megabytes,
    mediaAttachmentsTotalSizeLimitInMb: megabytes * mediaPerMessage,
    emailHistoriesAllowedContentTypes: emailTypes,
    emailBodiesAllowedContentTypes: emailTypes,
  };
}
