"""Pictures of people: whatever was sent, drawn anew as a small JPEG, stored under a name that nobody guesses.

given      what a request may hold in the place of a picture
keeping    a picture that was sent becomes one of ours; which of them an account may show
drawing    the process in which a picture is decoded
decoding   what runs in it; `endings` is how it says what became of it
storage    where files are: a folder on one machine, a bucket in the cloud
bucket     Cloud Storage's JSON API
records    every statement that changes pictures
"""
