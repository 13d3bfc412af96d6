import { creates, fetches, lists, ofBoth, type ResourceDescription, removes, updates } from '../describe.ts';
import { choice, many, required, text } from '../fields.ts';

const permissions = required(many(text('Names of permissions that a role of the type can have.')));

export const roles: ResourceDescription = {
  name: 'Roles',
  about: 'What users of a service, or participants of a conversation, may do.',
  endpoints: [
    ofBoth('/Roles', {
      GET: lists('Role', 'roles', 50, 'Lists the roles.'),
      POST: creates('Role', 'Creates a role.', {
        FriendlyName: required(text('Name for people.', 'roleFriendlyName')),
        Type: required(choice(['conversation', 'service'], 'What it is for; it stays as it is.')),
        Permission: permissions,
      }),
    }),
    ofBoth('/Roles/{Sid}', {
      GET: fetches('Role', 'Fetches a role.'),
      POST: updates('Role', 'Replaces the permissions of a role.', { Permission: permissions }),
      DELETE: removes('Removes a role that nobody has.'),
    }),
  ],
};
