/** Operations that are described and not mounted yet, by method and path. To be empty. */
export const awaited: readonly string[] = [
  'POST /v1/Configuration',
  'POST /v1/ConversationWithParticipants',
  'POST /v1/Services/{ChatServiceSid}/ConversationWithParticipants',
  'POST /v1/Services/{ServiceSid}/Media',
  'GET /v1/Services/{ServiceSid}/Media/{Sid}',
  'GET /v1/Services/{ServiceSid}/Media/{Sid}/Content',
  'GET /v1/Content',
  'POST /v1/Content',
  'GET /v1/Content/{Sid}',
  'DELETE /v1/Content/{Sid}',
];
