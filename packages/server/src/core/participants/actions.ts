/** Everything one can do with participants, in one place to import from. */
export { addParticipant } from './add.ts';
export {
  findMembership,
  findParticipant,
  findUserConversation,
  listMemberships,
  listOwnParticipantsFrom,
  listParticipantConversations,
  listParticipants,
  listParticipantsFrom,
  listUserConversations,
} from './lists.ts';
export { countUnread, updateMembership } from './memberships.ts';
export { removeParticipant } from './remove.ts';
export { updateParticipant } from './update.ts';
