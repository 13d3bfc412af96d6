/** Operations that are described and not mounted yet, by method and path. To be empty. */
export const awaited: readonly string[] = [
  'POST /v1/ConversationWithParticipants',
  'POST /v1/Services/{ChatServiceSid}/ConversationWithParticipants',
  'POST /v1/Services/{ServiceSid}/Media',
  'GET /v1/Services/{ServiceSid}/Media/{Sid}',
  'GET /v1/Services/{ServiceSid}/Media/{Sid}/Content',
  'POST /v1/Services/{ServiceSid}/MediaSet',
  'GET /v1/x/media/{Sid}',
];
