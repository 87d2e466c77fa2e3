"""English words for every problem code: what happened, and what to do next. Chinese is in the catalogue."""

TEXTS: dict[str, tuple[str, str]] = {
    # pictures and captions
    "image_unreadable": (
        "“{name}” is not a picture that can be read: {detail}",
        "Open it in an image program and save it again as PNG, or take it out of the folder. The other pictures are fine.",
    ),
    "image_empty": (
        "“{name}” is an empty file.",
        "Copy the picture again from where it came from. The other pictures are fine.",
    ),
    "image_truncated": (
        "“{name}” ends too early: part of the picture is missing.",
        "It was probably not copied completely. Copy it again. The other pictures are fine.",
    ),
    "image_too_large": (
        "“{name}” has {width} × {height} pixels; a side may have at most {limit}.",
        "Make it smaller in an image program. The other pictures are fine.",
    ),
    "image_vanished": (
        "“{name}” is no longer in the folder.",
        "Put it back, or reload the folder to go on without it.",
    ),
    "image_small": (
        "“{name}” has {width} × {height} pixels, less than the training resolution of {resolution}.",
        "It is trained at its own size and not enlarged, so it teaches fewer details. Use a larger version where you have one.",
    ),
    "caption_encoding": (
        "The caption of “{name}” was not UTF-8; it was read as {encoding}.",
        "Look at the text. Saving it once writes it as UTF-8.",
    ),
    "caption_unreadable": (
        "The caption of “{name}” cannot be read: {detail}",
        "Check the rights of the .txt file beside the picture. The file was left as it is.",
    ),
    "caption_unwritable": (
        "The caption of “{name}” cannot be saved: {detail}",
        "Check that the folder may be written and that the disk is not full. Your text is still in the window.",
    ),
    "caption_changed": (
        "The caption of “{name}” was changed by another program.",
        "The new text is shown. Undo brings yours back.",
    ),
    "settings_unreadable": (
        "“{name}” holds no settings that can be read: {detail}",
        "Choose a TOML or JSON file of kohya's trainer or of one of its windows, or a LoRA file.",
    ),
    "caption_merged": (
        "The caption of “{name}” was also changed by another program.",
        "Both changes are in it now. Undo brings yours alone back.",
    ),
    "mask_unreadable": (
        "The mask of “{name}” cannot be read: {detail}",
        "Paint it again; the picture itself is fine.",
    ),
    "no_face_found": (
        "No face was found in “{name}”.",
        "Paint the mask with the brush, or fill it by colour.",
    ),
    "no_transparency": (
        "No part of “{name}” is transparent.",
        "Paint the mask with the brush, or fill it by colour.",
    ),
    "faces_runtime_missing": (
        "Finding faces needs the package onnxruntime, which is not installed.",
        "Install it with: pip install “loraferry[faces]”. Until then crops are suggested from what stands out.",
    ),
    "faces_model_unusable": (
        "“{path}” is not the model that finds faces: {detail}",
        "Delete the file; it is downloaded again when faces are looked for next.",
    ),
    "local_model_failed": (
        "“{name}” could not be downloaded: {detail}",
        "What has come is kept: try again later, or download the file yourself and choose it here.",
    ),
    "local_model_corrupt": (
        "What {place} gave as “{name}” is not the file it should be; it was thrown away.",
        "Try again, or download the file elsewhere and choose it here.",
    ),
    "captions_missing": (
        "Pictures without a caption: {count}.",
        "They are trained with the trigger word and the class word alone. That works, but captions give more control.",
    ),
    "captions_shared": (
        "{names} have one caption between them, in the file “{file}”. Groups of pictures like this: {count}.",
        "Files whose names differ only in their ending share their caption in every trainer. Leave it so where they show the same thing, or give each its own caption.",
    ),
    "caption_list_unreadable": (
        "The list of captions “{path}” cannot be read: {detail}",
        "The pictures are shown without its captions. Captions in .txt files beside the pictures are read as always.",
    ),
    "pattern_invalid": (
        "The pattern “{pattern}” cannot be used: {detail}",
        "Correct it, or switch regular expressions off to search for these letters as they are.",
    ),
    "pattern_slow": (
        "The pattern “{pattern}” takes too long. It stopped at the caption of “{name}”.",
        "Patterns with repetitions inside repetitions, such as (a+)+, can take forever. Make it simpler.",
    ),
    "tag_list_unreadable": (
        "The list of tags “{path}” cannot be used. {detail}",
        'It must be a text file in which each line is name,category,count,"other names", as other programs have them.',
    ),
    "caption_list_odd": (
        "In the list of captions “{path}” some rows name no picture or have no caption: {count}.",
        "The other rows were read. Look at the file if captions are missing.",
    ),
    "caption_long": (
        "The caption of “{name}” is too long: its end is not read.",
        "Shorten it to about 200 words, or put what matters most in front.",
    ),
    "folder_unreadable": (
        "The folder “{path}” cannot be read: {detail}",
        "Check that it exists and that you may open it, then choose it again.",
    ),
    "folder_unwritable": (
        "Nothing can be saved in the folder “{path}”.",
        "Allow writing there, or copy the pictures into a folder of your own.",
    ),
    "library_newer": (
        "The notes on the pictures in “{path}” were written by a newer version of LoRA Ferry.",
        "Update LoRA Ferry to open this folder. Nothing was changed.",
    ),
    "folder_empty": (
        "There are no pictures in the folder “{path}”.",
        "Choose the folder that holds the pictures themselves (PNG, JPEG or WebP).",
    ),
    "export_inside": (
        "The folder “{path}” belongs to the project itself.",
        "Choose a folder outside of it, so that the originals stay as they are and the copies do not become pictures of the project.",
    ),
    "export_in_the_way": (
        "Pictures that were not written because files of their names are in “{path}” already: {count}.",
        "Choose another folder, or export once more and allow those files to be replaced.",
    ),
    "folders_apart": (
        "The {count} folders that were dropped do not lie in one folder.",
        "A project is one folder with all that is in it. Put them into one folder, or drop them one at a time.",
    ),
    "download_failed": (
        "The picture at {address} could not be fetched: {detail}",
        "Save the picture in the browser and drop the file instead.",
    ),
    "download_too_large": (
        "What is at {address} is larger than {limit_mb} MB.",
        "Save it in the browser if it is a picture, and drop the file.",
    ),
    "download_no_picture": (
        "At {address} there is no picture, but {kind}.",
        "Open the picture itself in the browser and drag that, or save it and drop the file.",
    ),
    "drop_empty": (
        "What was dropped holds no pictures.",
        "Drop a folder, picture files, or a picture from a browser.",
    ),
    "image_needs_heif": (
        "“{name}” is a HEIC picture of a phone, and the part that reads those is not installed.",
        "Install the package pi-heif beside LoRA Ferry, or save the picture as JPEG.",
    ),
    "image_unwritable": (
        "The picture “{name}” cannot be saved in “{path}”: {detail}",
        "Check that the folder may be written and that the disk is not full. Nothing was left half-written.",
    ),
    "no_images_approved": (
        "No pictures are approved yet.",
        "Open a folder on the Dataset page and keep at least one picture. 15 to 50 are usual.",
    ),
    # settings
    "setting_invalid": (
        "The setting {setting} does not accept this value: {detail}",
        "Correct it on the Plan page; the field is marked.",
    ),
    "trigger_absent": (
        "In the captions of {count} pictures “{trigger}” is missing, in others it is there.",
        "It is put in front of them for the training. Add it to the captions to choose its place yourself.",
    ),
    "captions_alike": (
        "{count} pictures have the same caption.",
        "Say what differs from picture to picture: what the captions tell is not learned as part of the new word.",
    ),
    "images_small": (
        "{count} pictures have fewer pixels than a training at {resolution} asks for.",
        "They are trained smaller, and never enlarged. Reject them, or find larger ones.",
    ),
    "images_few": (
        "There are {count} pictures; {usual} or more are usual.",
        "It may do for one simple thing. More views, distances and backgrounds make it more useful.",
    ),
    "lora_without_plan": (
        "“{name}” does not tell how it was trained.",
        "Its maker has left that out, or another program made it. Choose another file.",
    ),
    "settings_left_out": (
        "The file is written. It has no place for {count} of the settings.",
        "Set there by hand what matters to you: {names}.",
    ),
    "images_alike": (
        "Pictures that look the same as better ones in the set: {count}.",
        "What is there twice is learned twice as much. Reject them, or keep them where that is what you want.",
    ),
    "machine_without_card": (
        "This machine has no graphics card that could train.",
        "It trains on its processor, which takes days where a card takes an hour. Rent a machine with a card.",
    ),
    "alpha_unusual": (
        "Alpha is {alpha} and the rank is {rank}; half of the rank is usual.",
        "It scales what is learned, like the learning rate does.",
    ),
    "warmup_missing": (
        "The learning rate starts at its full height.",
        "A tenth of the steps as warmup keeps the first steps from doing damage.",
    ),
    "regularisation_missing": (
        "{count} pictures are trained without regularisation.",
        "Pictures of the class word, made by the base model itself, keep it from forgetting what the word meant.",
    ),
    "memory_tight": (
        "It fits on {device} with gradient checkpointing alone ({needed_mb} MB), which costs about a third of the time.",
        "It is switched on by itself where it is needed. A smaller batch or resolution would do without.",
    ),
    "time_short": (
        "The run takes up to {hours} hours, and the machine is there for {left} hours only.",
        "Train fewer steps, or have the machine stay longer. A run that is cut off goes on from its last checkpoint.",
    ),
    "trigger_missing": (
        "There is no trigger word.",
        "Make up a short word, such as “zorblax”, and use it later in prompts to call what was learned.",
    ),
    "file_unwritable": (
        "The file “{path}” cannot be written: {detail}",
        "Check that you may write there and that the disk is not full.",
    ),
    "file_changed": (
        "The file “{path}” was changed while it was being read.",
        "Wait until the other program is done with it, then try again.",
    ),
    "file_unreadable": (
        "The file “{path}” cannot be read: {detail}",
        "Check that it exists and that you may open it.",
    ),
    # connecting
    "address_invalid": (
        "“{text}” is not an address that can be understood.",
        "Paste the SSH command of your provider, for example: ssh -p 17445 root@1.2.3.4",
    ),
    "address_proxied": (
        "“{host}” is RunPod's proxied address. It carries a terminal, but neither files nor commands.",
        "In the RunPod console open the pod, choose Connect, and copy the command under “SSH over exposed TCP”. If it is "
        "not there, add 22 to the exposed TCP ports of the pod, or rent one with a public IP address.",
    ),
    "host_unknown": ("There is no host called “{host}”.", "Choose one on the Hosts page, or add it there."),
    "dns_failed": (
        "The name “{host}” was not found on the network.",
        "Check the spelling and your own internet connection. The rented machine may have a new address.",
    ),
    "connection_refused": (
        "{host} refuses connections on port {port}.",
        "The machine may still be starting or its port may have changed. Compare with your provider's page and try again.",
    ),
    "connection_timeout": (
        "{host} did not answer on port {port}.",
        "Check that the machine is running and that the port is right. A firewall may also be in the way.",
    ),
    "network_unreachable": (
        "There is no way to {host}: {detail}",
        "Check your own internet connection. A running training is not affected.",
    ),
    "fake_address": (
        "A proxy on this computer answers for {host}: it gave the made-up address {address}, and nothing comes back from "
        "port {port}.",
        "In your proxy program (Clash, Mihomo, sing-box, …) let {host} and port {port} go direct, or switch off its TUN "
        "or fake-IP mode, then try again. The rented machine itself is probably fine.",
    ),
    "banner_missing": (
        "{host} accepts connections on port {port} but says nothing.",
        "A machine that is just starting does this: wait a minute and try again. If it goes on, a proxy or VPN on this "
        "computer may be in between (let this address go direct, or switch off its TUN mode), or the port is not that of "
        "SSH: copy the SSH command of your provider again.",
    ),
    "banner_wrong": (
        "What answers at {host}:{port} is not SSH. It says: {banner}",
        "That is another port of the machine, such as one for a web page. Copy the SSH command of your provider again.",
    ),
    "jump_failed": (
        "The jump host could not go on to {host}:{port}: {detail}",
        "Check that the machine is running and that the jump host may connect to it on that port.",
    ),
    "proxy_failed": (
        "The ProxyCommand that your SSH settings name for {host} failed: {detail}",
        "Check that your proxy program is running and that the command in ~/.ssh/config is right.",
    ),
    "host_key_unknown": (
        "You connect to {host}:{port} for the first time. Its {kind} key has the fingerprint {fingerprint}",
        "Compare it with your provider's page if it is shown there, then trust it or stop.",
    ),
    "host_key_changed": (
        "The key of {host}:{port} is not the one known so far. Now: {fingerprint} Before: {known} (in {file})",
        "No password and no key was sent. There are good reasons: the machine was stopped and started again (RunPod makes "
        "new keys each time), its image was changed, or you rented another machine that got this address. If it is one "
        "of them, forget the old key on the Hosts page: the next connection shows the new one and asks, and it counts "
        "here even where {file} still has the old one. If not, somebody may be listening: do not connect.",
    ),
    "auth_failed": (
        "{host} did not let {user} in. It accepts: {methods}",
        "Choose the key file that belongs to this machine, or enter its password, on the Hosts page.",
    ),
    "password_wrong": (
        "{host} did not accept the password of {user}.",
        "Copy it again from your provider's page; mind spaces at its ends.",
    ),
    "answer_missing": (
        "{host} asks {user} for more than a password: {question}",
        "Connect again and answer, for example with the code that your phone shows.",
    ),
    "answer_wrong": (
        "{host} did not accept the answers of {user}.",
        "Try again. A code counts only for some seconds, so wait for a new one; check the password as well.",
    ),
    "key_unreadable": (
        "The key “{path}” cannot be used: {detail}",
        "Choose the private key file (without .pub), and check that you may read it. A key of PuTTY (.ppk) must first be "
        "exported in OpenSSH's format with PuTTYgen.",
    ),
    "key_passphrase": ("The key “{path}” is locked with a passphrase.", "Enter the passphrase to go on."),
    "transport_unfit": (
        "{host} needs something that the built-in SSH cannot do: {needed}",
        "On the Hosts page let the connection of this host be chosen automatically, or choose OpenSSH for it.",
    ),
    "ssh_failed": (
        "The connection to {host} failed: {detail}",
        "Try again. If it goes on, check the host on the Hosts page.",
    ),
    "link_lost": (
        "The connection to {host} was lost.",
        "The training goes on over there. The connection is made again by itself.",
    ),
    # deployment
    "python_missing": (
        "The machine has no Python that can be used. Found: {found}",
        "Rent it with an image that holds Python 3.8 or newer, such as any PyTorch image.",
    ),
    "probe_failed": (
        "Looking around on the machine failed. It said: {output}",
        "Check that the login opens an ordinary shell there, then try again.",
    ),
    "deploy_failed": (
        "Setting up the machine failed at “{phase}”. It said: {output}",
        "Try again. If it fails at the same place, choose another image or send the report.",
    ),
    "gpu_too_old": (
        "The graphics card {name} is too old for PyTorch (compute capability {capability}).",
        "Rent a machine with a newer one, such as a T4, an RTX 20 or later.",
    ),
    "driver_too_old": (
        "The graphics driver {driver} is too old; at least {needed} is needed.",
        "Rent another machine: the driver of a rented machine cannot be changed from here.",
    ),
    "disk_full": (
        "The disk at {path} is full: {needed_mb} MB are needed, {free_mb} MB are free.",
        "Delete what is no longer needed there, or choose another working folder on a larger disk.",
    ),
    "disk_low": (
        "The disk at {path} is nearly full: the next saves need {needed_mb} MB, {free_mb} MB are free.",
        "Checkpoints of older runs take {freeable_mb} MB there: free them before a save fails.",
    ),
    "disk_has_room": (
        "The disk at {path} has room for the next saves again.",
        "Nothing needs to be done.",
    ),
    "disk_awaited": (
        "The disk at {path} is full: {needed_mb} MB are needed, {free_mb} MB are free. The training waits for room.",
        "Free space on the machine's card; the training then goes on by itself. It can also be stopped.",
    ),
    "home_unwritable": (
        "Nothing can be saved in {path} on the machine.",
        "Log in as a user with a home folder of its own, or choose another working folder.",
    ),
    "inodes_full": (
        "The disk at {path} can hold no more files: {needed} are needed, {free} are left.",
        "Delete many small files there, such as old datasets, or choose another working folder.",
    ),
    "folder_foreign": (
        "The folder {path} on the machine holds files that LoRA Ferry did not put there.",
        "Choose an empty folder, or a name that does not exist yet.",
    ),
    "work_in_use": (
        "The working folder cannot move to {wanted}: runs and their checkpoints lie in {path}.",
        "Bring home what you need and remove those runs first, or keep the folder.",
    ),
    "uv_unavailable": (
        "The machine has no installer for Python packages, and none could be fetched on this computer: {detail}",
        "Check this computer's internet connection, or rent the machine with an image that has Python 3.11 with pip.",
    ),
    "uninstall_incomplete": (
        "Not everything could be removed from the machine. Still there: {what}",
        "Try again. If it stays, remove it by hand or delete the machine.",
    ),
    "agent_silent": (
        "The program on the machine did not start. It said: {output}",
        "Try again. If it goes on, set the machine up anew on the Hosts page.",
    ),
    "agent_incompatible": (
        "The machine speaks version {theirs} of the protocol, this window version {ours}.",
        "Update LoRA Ferry, or set the machine up anew on the Hosts page.",
    ),
    # the protocol
    "protocol_violation": (
        "The machine sent something that makes no sense: {detail}",
        "The connection was closed to be safe. Connect again; if it goes on, send the report.",
    ),
    "job_unknown": (
        "The machine does not know the run {job}.",
        "It may have been deleted there, or the machine was replaced.",
    ),
    "job_conflict": (
        "The machine already has another run with the number {job}.",
        "Start the training again: it gets a new number.",
    ),
    "job_state": (
        "The run {job} cannot do “{action}” now: it is {state}.",
        "Wait a moment until its state is up to date, then try again.",
    ),
    "manifest_unknown": (
        "The machine does not have the list of pictures {manifest}.",
        "Start the training again: the list is sent anew.",
    ),
    "blobs_missing": (
        "Files have not arrived on the machine yet: {count}.",
        "Start the training again: only what is missing is sent.",
    ),
    "blob_corrupt": (
        "“{name}” did not arrive as it was sent.",
        "It is sent again by itself. If it goes on, a disk or a connection is damaged.",
    ),
    "name_unsafe": (
        "The name “{name}” is not allowed.",
        "Use letters, digits, spaces, - and _ only, and no folder names.",
    ),
    "artifact_unknown": (
        "The machine does not have the file “{name}”.",
        "It may not be finished yet. Look again in a moment.",
    ),
    "artifact_corrupt": (
        "“{name}” is not what the machine had written.",
        "Fetch it again. If it goes on, take the checkpoint before.",
    ),
    "agent_failed": (
        "The program on the machine has failed: {detail}",
        "Your runs are not lost. Connect again; if it goes on, send the report.",
    ),
    # training
    "base_not_found": (
        "The base model “{source}” was not found.",
        "Check the name on the Plan page: a model of the list, a Hugging Face id, or a folder on the machine.",
    ),
    "base_unreadable": (
        "The base model “{source}” cannot be loaded: {detail}",
        "It may be incomplete. Download it again, or choose another one on the Plan page.",
    ),
    "base_wrong_family": (
        "The base model “{source}” is not of the family {family}.",
        "Choose the family that fits the model on the Plan page, under Expert.",
    ),
    "zero_snr_needs_velocity": (
        "Zero terminal SNR needs a base model of the v kind.",
        "Switch it off, or choose a base model that predicts velocity.",
    ),
    "parent_not_found": (
        "The LoRA to continue from is not on the training machine: {source}.",
        "Choose the file again, or begin without one.",
    ),
    "parent_unreadable": (
        "The LoRA to continue from cannot be read: {name} ({detail}).",
        "Choose another .safetensors file of a LoRA.",
    ),
    "parent_other_family": (
        "{name} is a LoRA for {family}, and the base model is another.",
        "Choose a base model of that family, or begin without the LoRA.",
    ),
    "parent_other_kind": (
        "{name} is of another kind than this plan trains: {kind}.",
        "Choose the same kind in the settings of the LoRA, or begin without it.",
    ),
    "parent_other_rank": (
        "{name} has rank {rank} where this plan has {wanted}, for example in {example}.",
        "Set the rank to that of the LoRA, or begin without it.",
    ),
    "parent_more_layers": (
        "{name} has layers that this plan does not train: {count}, for example {example}.",
        "Train these parts too, or begin without the LoRA. What it knows there would be lost.",
    ),
    "parent_other_shape": (
        "{name} does not fit the layers of this base model, for example {example}.",
        "Choose the base model that it was made for, or begin without it.",
    ),
    "export_unfit": (
        "{name} holds adapters for which the form “{form}” has no names.",
        "Choose the form “peft”, or keep the file as it is: image programs read it.",
    ),
    "no_layers": (
        "The layer rules leave nothing to train.",
        "Remove a rule, or train more parts.",
    ),
    "class_word_missing": (
        "The base model is to draw regularisation pictures, and there is no class word to say of what.",
        "Enter a class word, such as cat or woman, or write prompts for the regularisation pictures.",
    ),
    "regularisation_alone": (
        "All approved pictures lie in “{folder}”, the folder for regularisation, and nothing is left to be learned.",
        "Approve pictures outside of it, or name another folder.",
    ),
    "nothing_held_out": (
        "No picture could be held out for the validation: there is only one, or none of them can be read.",
        "The training goes on without. Approve more pictures to measure on some of them.",
    ),
    "optimizer_missing": (
        "The optimizer {optimizer} needs {library}, which is not installed on the training machine.",
        "Install it in the agent's environment there, or choose another optimizer.",
    ),
    "captioning_unknown": (
        "The training machine knows nothing of these captions any more.",
        "Start the captioning again; the pictures that are there still are not sent twice.",
    ),
    "captioning_cancelled": (
        "The captioning was ended.",
        "What had arrived is kept. Starting it again goes on with the other pictures.",
    ),
    "captioner_busy": (
        "The training “{name}” is running on that machine, and both together may run out of memory.",
        "Wait until it has finished, or choose to caption beside it.",
    ),
    "captioner_failed": (
        "“{name}” ended before all pictures were described: {detail}",
        "What had arrived is kept. Start it again to go on, or choose another model.",
    ),
    "captioner_unfit": (
        "“{name}” is not a model of the kind that was expected: {detail}",
        "Remove it under Hosts, Storage, so that it is fetched again, or choose another model.",
    ),
    "endpoint_invalid": (
        "“{address}” is no address of a caption server.",
        "It begins with http:// or https://, such as http://127.0.0.1:11434/v1 for Ollama.",
    ),
    "endpoint_unreachable": (
        "{host} cannot be reached: {detail}",
        "Check that the server runs, its address and port, and your network. What had arrived is kept.",
    ),
    "endpoint_forbidden": (
        "{host} did not accept the key: {detail}",
        "Enter the key again, and check at the server's operator that it is valid and has credit.",
    ),
    "endpoint_unknown": (
        "{host} does not know the model or the address: {detail}",
        "Check the name of the model (for Ollama: as “ollama list” shows it) and that the address ends with /v1.",
    ),
    "endpoint_failed": (
        "{host} refused to describe a picture: {detail}",
        "Check that the model can see pictures, or choose another one. What had arrived is kept.",
    ),
    "endpoint_wordless": (
        "{host} answered without a caption: {detail}",
        "Check that this is a server with OpenAI's chat interface and a model that can see pictures.",
    ),
    "base_no_link": (
        "“{source}” leads to no base model.",
        "Paste the page of a model on Hugging Face, ModelScope or Civitai, or the address of a .safetensors file.",
    ),
    "base_not_here": (
        "The base model “{path}” is not on this computer.",
        "It may have been moved, or its disk is not connected. Choose it again on the Plan page.",
    ),
    "base_pickled": (
        "“{source}” is a pickled file, which could run any program when it is opened, so it is not used.",
        "Take the .safetensors file of the same model: most makers offer one.",
    ),
    "base_cut_short": (
        "The end of “{source}” is missing.",
        "The download has probably broken off. Download the file again.",
    ),
    "base_unknown": (
        "“{source}” is no base model that LoRA Ferry knows.",
        "It may be a LoRA, a VAE, or a part of a model. Choose a whole model: one .safetensors file, or a folder in the layout of diffusers.",
    ),
    "base_untrainable": (
        "“{source}” is a model of the kind {kind}, which cannot be trained yet.",
        "Choose a model of another kind on the Plan page.",
    ),
    "base_incomplete": (
        "The base model “{source}” lacks weights, or has them in another shape: {key}.",
        "It may be damaged, or made in an unusual way. Download it again, or choose another one on the Plan page.",
    ),
    "base_not_finite": (
        "The base model “{source}” holds values that are no numbers, in {part} ({key}).",
        "It is broken, and nothing can be learned on it. Choose another one on the Plan page.",
    ),
    "base_other_prediction": (
        "The plan says that “{source}” predicts {wanted}, and the model itself says {prediction}.",
        "Set Prediction to automatic on the Plan page, under Expert.",
    ),
    "prediction_guessed": (
        "“{source}” does not say what it predicts; its weights look like {prediction}.",
        "If the samples are nothing but noise, set Prediction to the other kind on the Plan page, under Expert.",
    ),
    "fetch_failed": (
        "The model “{name}” could not be downloaded on the machine: {detail}",
        "What has come is kept: try again later, or send the model from this computer.",
    ),
    "fetch_not_found": (
        "The model “{name}” is not at {place}.",
        "Check the address. Models are sometimes renamed or taken away by their makers.",
    ),
    "fetch_forbidden": (
        "{host} does not give the model “{name}” to everybody.",
        "Accept its licence on the website, make an access token in your account there, and enter it on the card of the machine.",
    ),
    "fetch_corrupt": (
        "What {place} sent as “{name}” is not the file it should be; it was thrown away.",
        "Try again, or take another source.",
    ),
    "fetch_no_model": (
        "{place} sent something else than the model “{name}”.",
        "Check the address: it must lead to a .safetensors file, or to a repository in the layout of diffusers.",
    ),
    "fetch_cancelled": (
        "The download of “{name}” was cancelled.",
        "What has come is kept; starting it again goes on from there.",
    ),
    "fetch_interrupted": (
        "The download of “{name}” was cut off: its process is gone.",
        "Start it again; it goes on where it was.",
    ),
    "checkpoint_mismatch": (
        "The checkpoint was made with another value of {setting}.",
        "Set it back to go on from there, or start a new run.",
    ),
    "checkpoint_past_end": (
        "The run has made {step} steps already and cannot end after {total}.",
        "Give it more steps, or take the LoRA that it has saved.",
    ),
    "card_too_small": (
        "The plan needs at least {needed_mb} MB of a graphics card, and {device} had {had_mb} MB, whatever was tried.",
        "Lower the resolution (largest that fits there: {side}; 0 for none), or rent one of these cards: {cards}.",
    ),
    "out_of_memory": (
        "The memory of {device} is not enough: {needed_mb} MB are needed, {free_mb} MB are free.",
        "Lower the batch or the resolution, switch on gradient checkpointing, or choose a larger graphics card.",
    ),
    "compile_failed": (
        "The model could not be compiled, and is trained without: {detail}",
        "The result is the same, only slower. To not try again, set “Compile” to “Off”.",
    ),
    "loss_not_finite": (
        "The training broke at step {step}: the loss is no longer a number, also with half the learning rate.",
        "Start a new run with a tenth of the learning rate.",
    ),
    "step_skipped": (
        "Step {step} gave no usable numbers and was left out. Pictures in it: {names}.",
        "A few of these are harmless. If a picture comes again and again, look at it; else lower the learning rate.",
    ),
    "image_skipped": (
        "“{name}” was left out of the training: {detail}",
        "Look at the picture on the Dataset page. The training goes on with the others.",
    ),
    "dataset_unusable": (
        "None of the {count} pictures can be used for training.",
        "Look at the warnings about the pictures, and replace those that are damaged.",
    ),
    "trainer_killed": (
        "The training was ended from outside (signal {signal}). Its last words: {tail}",
        "Start it again: it goes on from the last checkpoint.",
    ),
    "trainer_crashed": (
        "The training stopped with an error (exit code {exit_code}). Its last words: {tail}",
        "Start it again: it goes on from the last checkpoint. If it stops at the same place, send the report.",
    ),
    "trainer_oom_killed": (
        "The machine ended the training because it used more than {limit_mb} MB of main memory. Its last words: {tail}",
        "Lower the batch or the resolution, or rent a machine with more main memory.",
    ),
    "runner_lost": (
        "The training ended without saying why.",
        "Start it again: it goes on from the last checkpoint.",
    ),
    "host_restarted": (
        "The machine was restarted while the training was running.",
        "Start the run again: it goes on from the last checkpoint.",
    ),
    "job_damaged": (
        "The machine's record of the run {job} is damaged.",
        "The program there mends it by itself from what the run has told. If this goes on, the run's files can be freed.",
    ),
    "event_damaged": (
        "A part of the run's record was damaged on the machine, so one message is missing.",
        "The training is not affected.",
    ),
    "job_restored": (
        "The run goes on from step {step}, from the checkpoint that this computer held.",
        "Nothing needs to be done.",
    ),
    "checkpoint_missing": (
        "No checkpoint of “{name}” is on this computer, so the run cannot go on on another machine.",
        "Train it again from the beginning. For later runs, have checkpoints brought home as they are made.",
    ),
    "pictures_changed": (
        "“{name}” is no longer on this computer as it was when this run was launched.",
        "A run is trained on exactly the pictures that were approved for it. Put the picture back as it was, or start a new run with the pictures of now.",
    ),
    "base_changed": (
        "The base model “{source}” is no longer the one with which this run was planned.",
        "It came with another version of LoRA Ferry. Start a new run with the base model of now.",
    ),
    # guards of the meter
    "guard_paused": (
        "The run was paused because the machine has run, or cost, as much as you allowed.",
        "Raise the limit or put it off, then resume the run: it goes on from the checkpoint.",
    ),
    "guard_would_lose": (
        "The machine should stop now, but that would lose the only copy of {count} runs: {names}",
        "Bring the files home, or mirror the checkpoints. Until then the machine goes on, and costs.",
    ),
    "guard_stop_refused": (
        "The machine should stop now, but its provider's tool refused: {output}",
        "Stop the machine in the provider's console. It goes on, and costs, until then.",
    ),
    "guard_no_stop": (
        "The machine should stop now, but it cannot stop its own meter.",
        "End it in the provider's console. It goes on, and costs, until then.",
    ),
    # the finished file
    "lora_not_safetensors": (
        "“{name}” is not a complete safetensors file: {detail}",
        "Fetch it again from the Runs page.",
    ),
    "lora_key_missing": (
        "Parts of the LoRA are missing: {count}, for example {example}",
        "Other programs would load it only in part. Fetch it again, or take the checkpoint before.",
    ),
    "lora_key_unexpected": (
        "The LoRA holds parts that do not belong to it: {count}, for example {example}",
        "Other programs may refuse it. Check that the model family is right.",
    ),
    "lora_not_finite": (
        "The LoRA holds values that are not numbers, in {key}",
        "Take an earlier checkpoint, and lower the learning rate next time.",
    ),
    "lora_zero": (
        "Parts of the LoRA have learned nothing: {count}, for example {example}",
        "Train longer, or raise the learning rate.",
    ),
    # this program
    "task_failed": (
        "Something unexpected happened: {detail}",
        "Try again. The log has the details; nothing of yours was changed.",
    ),
}

DETAILS: tuple[str, ...] = (
    "unknown format",
    "not text",
    "ssh: command not found",
    "a key of PuTTY, not of OpenSSH",
    "the stored bytes are not those that were sent",
    "the autoencoder made numbers out of range of it",
)
"""Fixed words of ours that a problem's `detail` may carry. All other details are the words of a system or a library."""
