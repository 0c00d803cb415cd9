/** Whether a folder is a project's or lies below it; both as their system writes them. */
export function isWithin(project: string, folder: string): boolean {
  const root = project.replace(/[\\/]+$/, '');
  return folder === project || folder === root || folder.startsWith(`${root}/`) || folder.startsWith(`${root}\\`);
}
