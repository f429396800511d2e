/** 简体中文：账号。 */
export default {
  'sign-in.about': '请用名字和密码登录。',
  'sign-in.about.guests': '取个名字就能进来。有账号的请登录。',
  'sign-in.about.readers': '登录后可以发言。不登录，随便取个名字也能进来看。',
  'sign-in.about.elsewhere': '这个聊天室只对本站已登录的人开放。',
  'sign-in.password': '密码',
  'sign-in.password.maybe': '密码（有账号才需要）',
  'sign-in.enter': '登录',
  'sign-in.guest': '以访客身份进入',
  'error.sign_in': '这个名字属于一个账号。是你的吗？请输入密码。',
  'error.bad_password': '密码不对。',
  'error.internal': '服务器出错了，请稍后再试。',
  'account.mine': '已登录为 {name}。',
  'account.sign-out': '退出登录',
  'account.guest': '你现在是访客。',
  'account.sign-in': '登录',
};
