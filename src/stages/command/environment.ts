/**
 * What a program needs of its surroundings. Keys stand in the environment under all sorts of names, so what is not named
 * here does not get through.
 */
const names: ReadonlySet<string> = new Set([
  ...['PATH', 'HOME', 'LANG', 'LANGUAGE', 'TMPDIR', 'TZ', 'USER', 'LOGNAME', 'TERM', 'SHELL'],
  // Windows finds nothing without these.
  ...[
    'SYSTEMROOT',
    'SYSTEMDRIVE',
    'WINDIR',
    'COMSPEC',
    'PATHEXT',
    'TEMP',
    'TMP',
    'USERPROFILE',
    'HOMEDRIVE',
    'HOMEPATH',
  ],
  ...['APPDATA', 'LOCALAPPDATA', 'PROGRAMDATA', 'PROGRAMFILES', 'PROGRAMFILES(X86)', 'NUMBER_OF_PROCESSORS', 'OS'],
]);

type Environment = Readonly<Record<string, string | undefined>>;

/** The part of an environment that programs of a pipeline get. */
export function programEnvironment(environment: Environment): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(environment)) {
    const upper = name.toUpperCase();
    if (value !== undefined && (names.has(upper) || /^LC_[A-Z]+$/.test(upper))) kept[name] = value;
  }
  return kept;
}
