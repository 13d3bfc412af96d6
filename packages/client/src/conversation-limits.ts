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
