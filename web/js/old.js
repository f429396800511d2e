/* For browsers that do not know modules: ES3, and nothing else happens here. */
location.replace('classic' + location.hash);
