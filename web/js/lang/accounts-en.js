/** English, of accounts. */
export default {
  'sign-in.about': 'Sign in with your name and your password.',
  'sign-in.about.guests': 'Choose a name and you are in. If you have an account, sign in.',
  'sign-in.about.readers': 'Sign in to talk. As a guest, by any name, you can read.',
  'sign-in.about.elsewhere': 'This room is for those who are signed in at this site.',
  'sign-in.password': 'Password',
  'sign-in.password.maybe': 'Password, if you have an account',
  'sign-in.enter': 'Sign in',
  'sign-in.guest': 'Enter as a guest',
  'error.sign_in': 'This name belongs to an account. Is it yours? Then enter its password.',
  'error.bad_password': 'This is not the password.',
  'error.internal': 'The server made a mistake. Try again in a moment.',
  'account.mine': 'You are signed in as {name}.',
  'account.sign-out': 'Sign out',
  'account.guest': 'You are here as a guest.',
  'account.sign-in': 'Sign in',
};
