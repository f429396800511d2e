/** Who I am in this browser, remembered as it is written to. */

export class Identity {
  /** @param {import('./storage.js').Storage} storage */
  constructor(storage) {
    this.storage = storage;
  }

  get name() {
    return this.storage.get('name') ?? '';
  }

  set name(name) {
    this.storage.set('name', name);
  }

  /** For my colour, ahead of the first answer. */
  get person() {
    return this.storage.get('person') ?? '';
  }

  set person(person) {
    this.storage.set('person', person);
  }

  /** Whether I have signed in to an account; empty if not. */
  get account() {
    return this.storage.get('account') ?? '';
  }

  set account(account) {
    this.storage.set('account', account);
  }

  /** What the server knows me by. */
  get token() {
    return this.storage.get('token') ?? '';
  }

  set token(token) {
    this.storage.set('token', token);
  }

  /** Asks for the same person again, while no welcome has brought a token. */
  get key() {
    return this.storage.get('key') ?? '';
  }

  set key(key) {
    this.storage.set('key', key);
  }
}
