import { expect, test } from 'vitest';
import { conversationPermissions, defaultRoles, servicePermissions } from './permissions.ts';
import { rolesPage } from './roles-page.ts';

test('A default role has permissions of its type, each once.', () => {
  const known = { service: servicePermissions, conversation: conversationPermissions };
  for (const { type, permissions } of defaultRoles) {
    expect(known[type]).toEqual(expect.arrayContaining([...permissions]));
    expect(new Set(permissions).size).toBe(permissions.length);
  }
});

test('The page about roles is up to date, and has every permission.', async () => {
  const page = rolesPage();
  for (const permission of [...servicePermissions, ...conversationPermissions])
    expect(page).toContain(`\`${permission}\``);
  await expect(page).toMatchFileSnapshot('../../../docs/reference/roles.md');
});
