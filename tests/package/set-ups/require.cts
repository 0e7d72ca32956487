// A CommonJS module gets the declarations for `require`.

import smartLaunch = require('smart-launch');
import angular = require('smart-launch/angular');
import appState = require('smart-launch/app-state');
import brands = require('smart-launch/brands');
import confidential = require('smart-launch/confidential');
import dpop = require('smart-launch/dpop');
import fhirclient = require('smart-launch/fhirclient');
import formPost = require('smart-launch/form-post');
import isolated = require('smart-launch/isolated');
import messages = require('smart-launch/messages');
import german = require('smart-launch/messages-de');
import spanish = require('smart-launch/messages-es');
import french = require('smart-launch/messages-fr');
import react = require('smart-launch/react');
import registration = require('smart-launch/registration');
import server = require('smart-launch/server');
import postgres = require('smart-launch/server-postgres');
import redis = require('smart-launch/server-redis');
import serverSession = require('smart-launch/server-session');
import slim = require('smart-launch/slim');
import staticEntry = require('smart-launch/static');
import style = require('smart-launch/style');
import svelte = require('smart-launch/svelte');
import testing = require('smart-launch/testing');
import vite = require('smart-launch/vite');
import vue = require('smart-launch/vue');

export const entries = [
  smartLaunch.createSmartClient,
  angular.injectSmart,
  appState.createAppState,
  brands.loadBrands,
  confidential.createConfidentialClient,
  dpop.createSmartClient,
  fhirclient.oauth2.ready,
  formPost.postedCallback,
  isolated.createIsolatedSmartClient,
  messages.messageFor,
  german.german.network,
  spanish.spanish.network,
  french.french.network,
  react.SmartProvider,
  registration.createDynamicClient,
  server.createSmartServer,
  postgres.postgresStore,
  redis.redisStore,
  serverSession.createServerSessionClient,
  slim.setWasm,
  staticEntry.createSmartClient,
  style.loadSmartStyle,
  svelte.smartState,
  testing.createFakeSmartClient,
  vite.smartLaunch,
  vue.useSmart,
];
