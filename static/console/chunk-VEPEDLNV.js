var e={};export{e as a};
