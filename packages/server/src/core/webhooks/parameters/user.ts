import type { UserResource } from '@colloquy/protocol';
import { dateParameter, type Parameter, parametersOf } from './parameter.ts';

/** onUserAdded. */
export function userAdded(user: UserResource): Parameter[] {
  return parametersOf(['UserSid', user.sid], ['DateCreated', dateParameter(user.dateCreated)], ...described(user));
}

/** onUserUpdate (with the values it would get). */
export function userUpdate(user: UserResource): Parameter[] {
  return parametersOf(['UserSid', user.sid], ['DateUpdated', dateParameter(user.dateUpdated)], ...described(user));
}

/** onUserUpdated. The last two are in lower camel case in the contract, too. */
export function userUpdated(user: UserResource): Parameter[] {
  return [
    ...userUpdate(user),
    ...parametersOf(
      ['DateCreated', dateParameter(user.dateCreated)],
      ['isOnline', user.isOnline],
      ['isNotifiable', user.isNotifiable],
    ),
  ];
}

function described(user: UserResource) {
  return [
    ['Identity', user.identity],
    ['RoleSid', user.roleSid],
    ['Attributes', user.attributes],
    ['FriendlyName', user.friendlyName],
  ] as const;
}
